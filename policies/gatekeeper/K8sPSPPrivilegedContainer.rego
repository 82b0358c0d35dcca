# METADATA
# title: "Containers must not be privileged"
# custom:
#   id: gatekeeper/K8sPSPPrivilegedContainer
#   severity: high
#   layer: cluster
#   why: "A privileged container has all the rights of root on the node."
#   remediation: "remove securityContext.privileged"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPPrivilegedContainer
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         securityContext: {privileged: true}
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPPrivilegedContainer
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         securityContext: {privileged: false}
package k8spspprivilegedcontainer

import data.lib.pods

violation contains {"msg": msg} if {
	some container in pods.containers
	container.spec.securityContext.privileged == true
	msg := sprintf("container %q is privileged", [container.spec.name])
}
