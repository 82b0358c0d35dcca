# METADATA
# title: "Containers must have a read-only root file system"
# custom:
#   id: gatekeeper/K8sPSPReadOnlyRootFilesystem
#   severity: high
#   layer: cluster
#   why: "Whoever breaks into a container that can write to its file system can change its programs and stay."
#   remediation: "set securityContext.readOnlyRootFilesystem: true, and mount an emptyDir where the program writes"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPReadOnlyRootFilesystem
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
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPReadOnlyRootFilesystem
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
#         securityContext: {readOnlyRootFilesystem: true}
package k8spspreadonlyrootfilesystem

import data.lib.pods

violation contains {"msg": msg} if {
	some container in pods.containers
	not container.spec.securityContext.readOnlyRootFilesystem == true
	msg := sprintf("container %q does not set readOnlyRootFilesystem: true", [container.spec.name])
}
