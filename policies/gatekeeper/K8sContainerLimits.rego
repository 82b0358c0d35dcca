# METADATA
# title: "Containers must have limits, and none above the greatest"
# custom:
#   id: gatekeeper/K8sContainerLimits
#   severity: high
#   layer: cluster
#   why: "A container without a limit, or with one that is too high, takes processor and memory from all others on its node."
#   remediation: "set resources.limits.cpu and memory to no more than the constraint says"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sContainerLimits
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         cpu: 500m
#         memory: 1Gi
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         resources: {limits: {cpu: "1", memory: 1Gi}}
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sContainerLimits
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         cpu: 500m
#         memory: 1Gi
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         resources: {limits: {cpu: 500m, memory: 512Mi}}
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
