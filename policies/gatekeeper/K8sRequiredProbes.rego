package k8srequiredprobes

import data.lib.pods

default_types := ["tcpSocket", "httpGet", "exec", "grpc"]

violation contains {"msg": msg} if {
	some container in pods.long
	some probe in object.get(input.parameters, "probes", ["readinessProbe", "livenessProbe"])
	not complete(container, probe)
	msg := sprintf("container %q has no %s", [container.name, probe])
}

complete(container, probe) if {
	some type in object.get(input.parameters, "probeTypes", default_types)
	container[probe][type]
}
