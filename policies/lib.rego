# METADATA
# title: What the policies share
# description: Where each kind of workload keeps its pod, and the containers of that pod.
package portcullis.lib

# pod_paths is where each kind of workload keeps the specification of its pods.
pod_paths := {
	"Pod": ["spec"],
	"PodTemplate": ["template", "spec"],
	"Deployment": ["spec", "template", "spec"],
	"StatefulSet": ["spec", "template", "spec"],
	"DaemonSet": ["spec", "template", "spec"],
	"ReplicaSet": ["spec", "template", "spec"],
	"ReplicationController": ["spec", "template", "spec"],
	"Job": ["spec", "template", "spec"],
	"CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
}

# pod_path is undefined for an object without pods.
pod_path := pod_paths[input.kind]

pod := spec if {
	spec := object.get(input, pod_path, null)
	is_object(spec)
}

# windows pods have no numeric users and no Linux privileges.
windows if pod.os.name == "windows"

# containers holds every container of the pod with its path and the list that
# it stands in.
containers contains {"list": list, "path": array.concat(pod_path, [list, i]), "spec": container} if {
	some list in ["containers", "initContainers", "ephemeralContainers"]
	some i, container in pod[list]
	is_object(container)
}

# name is how a message calls a container.
name(container) := sprintf("container %q", [container.spec.name]) if {
	is_string(container.spec.name)
} else := sprintf("container %d of %s", [container.path[count(container.path) - 1], container.list])

# setting is a field of a container's security context, or, where it has none,
# of the pod's: the value that counts and its path. Undefined: neither is set.
setting(container, field) := {"path": array.concat(container.path, ["securityContext", field]), "value": value} if {
	value := container.spec.securityContext[field]
	value != null
} else := {"path": array.concat(pod_path, ["securityContext", field]), "value": value} if {
	value := pod.securityContext[field]
	value != null
}
