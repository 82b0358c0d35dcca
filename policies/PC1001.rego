# METADATA
# title: No privileged containers
# description: securityContext.privileged must not be true.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: PC1001
#   severity: critical
#   layer: cluster
#   why: A privileged container has all the rights of root on the node. Whoever breaks into it owns the node and every pod on it.
#   remediation: remove privileged, and add the single capability that is needed to securityContext.capabilities.add
#   controls: [cis-kubernetes-5.2.2, pss-baseline]
#   bad: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         securityContext:
#           privileged: true
#   good: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         securityContext:
#           privileged: false
package portcullis.builtin.PC1001

import data.portcullis.lib

deny contains {"msg": msg, "path": path} if {
	some container in lib.containers
	container.spec.securityContext.privileged == true
	path := array.concat(container.path, ["securityContext", "privileged"])
	msg := sprintf("%s is privileged", [lib.name(container)])
}
