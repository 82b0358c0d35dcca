# METADATA
# title: "Containers must not allow privilege escalation"
# custom:
#   id: gatekeeper/K8sPSPAllowPrivilegeEscalationContainer
#   severity: high
#   layer: cluster
#   why: "A program with setuid gives a process in the container more rights than it started with."
#   remediation: "set securityContext.allowPrivilegeEscalation: false"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPAllowPrivilegeEscalationContainer
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
#     kind: K8sPSPAllowPrivilegeEscalationContainer
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
#         securityContext: {allowPrivilegeEscalation: false}
package k8spspallowprivilegeescalationcontainer

import data.lib.pods

violation contains {"msg": msg} if {
	some container in pods.containers
	not container.spec.securityContext.allowPrivilegeEscalation == false
	msg := sprintf("container %q does not set allowPrivilegeEscalation: false", [container.spec.name])
}
