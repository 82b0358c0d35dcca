package k8spspcapabilities

import data.lib.pods

violation contains {"msg": msg, "details": {"path": ["spec", container.list, i, "securityContext", "capabilities", "add", n]}} if {
	some container in pods.containers
	some i
	input.review.object.spec[container.list][i] == container.spec
	some n, capability in container.spec.securityContext.capabilities.add
	not allowed(capability)
	msg := sprintf("container %q adds the capability %s, which is not allowed", [container.spec.name, capability])
}

violation contains {"msg": msg, "details": {"path": ["spec", container.list, i, "securityContext", "capabilities", "drop"]}} if {
	some container in pods.containers
	some i
	input.review.object.spec[container.list][i] == container.spec
	some capability in input.parameters.requiredDropCapabilities
	not dropped(container.spec, capability)
	msg := sprintf("container %q does not drop the capability %s", [container.spec.name, capability])
}

plain(capability) := trim_prefix(upper(capability), "CAP_")

allowed(capability) if {
	some permitted in input.parameters.allowedCapabilities
	permitted in ["*", capability]
}

allowed(capability) if {
	some permitted in input.parameters.allowedCapabilities
	plain(permitted) == plain(capability)
}

dropped(container, capability) if {
	some own in container.securityContext.capabilities.drop
	plain(own) in ["ALL", plain(capability)]
}
