# METADATA
# title: "Containers must have the usual view of /proc"
# custom:
#   id: gatekeeper/K8sPSPProcMount
#   severity: high
#   layer: cluster
#   why: "An unmasked /proc shows, and lets a container change, what belongs to the kernel of the node."
#   remediation: "remove securityContext.procMount"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPProcMount
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
#         securityContext: {procMount: Unmasked}
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPProcMount
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
#         securityContext: {procMount: Default}
package k8spspprocmount

import data.lib.pods

violation contains {"msg": msg, "details": {"path": ["spec", container.list, i, "securityContext", "procMount"]}} if {
	some container in pods.containers
	some i
	input.review.object.spec[container.list][i] == container.spec
	mount := container.spec.securityContext.procMount
	not allowed(lower(mount))
	msg := sprintf("container %q has procMount %s, which is not allowed", [container.spec.name, mount])
}

allowed("default")

allowed(_) if lower(input.parameters.procMount) == "unmasked"
