package k8scontainerlimits

import data.lib.pods

violation contains {"msg": msg, "details": {"path": ["spec", container.list, i, "resources", "limits", resource]}} if {
	some resource in ["cpu", "memory"]
	not input.parameters[resource] in [-1, "-1"] # which switches it off
	some container in pods.containers
	container.list != "ephemeralContainers"
	some i
	input.review.object.spec[container.list][i] == container.spec
	msg := fault(container.spec, resource)
}

fault(container, resource) := sprintf("container %q has no %s limit", [container.name, resource]) if {
	not present(container, resource)
}

fault(container, resource) := sprintf("container %q has the %s limit %v, more than %v", [container.name, resource, limit, most]) if {
	limit := container.resources.limits[resource]
	most := input.parameters[resource]
	pods.quantity(limit) > pods.quantity(most)
}

fault(container, resource) := sprintf("container %q has the %s limit %v, which is no quantity", [container.name, resource, limit]) if {
	limit := container.resources.limits[resource]
	not pods.quantity(limit)
}

present(container, resource) if container.resources.limits[resource] != null
