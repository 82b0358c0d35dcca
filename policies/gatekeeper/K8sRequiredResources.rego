package k8srequiredresources

import data.lib.pods

# Without parameters limits for both are demanded.
required("limits") := object.get(input.parameters, "limits", ["cpu", "memory"]) if not input.parameters.requests

required("limits") := object.get(input.parameters, "limits", []) if input.parameters.requests

required("requests") := object.get(input.parameters, "requests", [])

violation contains {"msg": msg, "details": {"path": ["spec", container.list, i, "resources", kind, resource]}} if {
	some kind in ["limits", "requests"]
	some container in pods.containers
	container.list != "ephemeralContainers"
	some i
	input.review.object.spec[container.list][i] == container.spec
	some resource in required(kind)
	not container.spec.resources[kind][resource]
	msg := sprintf("container %q has no %s %s", [container.spec.name, resource, trim_suffix(kind, "s")])
}
