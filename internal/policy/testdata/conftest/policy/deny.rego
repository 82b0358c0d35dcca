package main

import data.lib.kubernetes

deny contains msg if {
	kubernetes.is_workload
	not input.spec.template.spec.securityContext.runAsNonRoot
	msg := sprintf("%s %s may run as root", [input.kind, input.metadata.name])
}

deny contains msg if {
	some container in kubernetes.containers
	endswith(container.image, ":latest")
	msg := sprintf("container %s uses latest", [container.name])
}

deny_labels contains msg if {
	required := data.policy.required_labels
	missing := {label | some label in required; not input.metadata.labels[label]}
	count(missing) > 0
	msg := sprintf("%s lacks labels %v", [input.metadata.name, missing])
}

violation contains {"msg": msg, "details": {"port": port}} if {
	input.kind == "Service"
	some i
	port := input.spec.ports[i].port
	port < 1024
	msg := sprintf("port %d is privileged", [port])
}

violation_type contains {"msg": "no node ports"} if input.spec.type == "NodePort"

exception contains rules if {
	input.metadata.name == "legacy"
	rules := ["labels"]
}
