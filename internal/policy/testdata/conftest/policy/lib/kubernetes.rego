package lib.kubernetes

default is_workload := false

is_workload if input.kind in {"Deployment", "StatefulSet"}

containers contains container if some container in input.spec.template.spec.containers
