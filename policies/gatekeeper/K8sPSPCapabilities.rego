# METADATA
# title: "Containers must add no capability that is not allowed, and drop the required ones"
# custom:
#   id: gatekeeper/K8sPSPCapabilities
#   severity: high
#   layer: cluster
#   why: "Each capability is a part of what root may do to the node."
#   remediation: "remove it from capabilities.add, and list what is required in capabilities.drop"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPCapabilities
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         allowedCapabilities: [CHOWN]
#         requiredDropCapabilities: [ALL]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         securityContext: {capabilities: {add: [SYS_ADMIN], drop: [ALL]}}
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPCapabilities
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         allowedCapabilities: [CHOWN]
#         requiredDropCapabilities: [ALL]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         securityContext: {capabilities: {add: [CHOWN], drop: [ALL]}}
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
