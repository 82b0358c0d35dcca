# METADATA
# title: "Containers must have requests and limits"
# custom:
#   id: gatekeeper/K8sRequiredResources
#   severity: high
#   layer: cluster
#   why: "A container without a limit takes what it can get; one without a request is put on a node that has nothing left."
#   remediation: "set resources.requests and resources.limits; without parameters: limits for cpu and memory"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sRequiredResources
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         limits: [memory]
#         requests: [cpu]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         resources: {limits: {memory: 1Gi}}
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sRequiredResources
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         limits: [memory]
#         requests: [cpu]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         resources: {limits: {memory: 1Gi}, requests: {cpu: 100m}}
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
