# METADATA
# title: Containers do not run as root
# description: runAsUser must be another user than 0, or runAsNonRoot true. What a container sets wins over what its pod sets.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
# custom:
#   id: PC1003
#   severity: high
#   layer: cluster
#   why: Root in a container is root for the kernel. A flaw in the runtime or a mounted path is then enough to take over the node.
#   remediation: set runAsNonRoot to true in the pod's securityContext, and runAsUser if the image has no numeric user
#   controls: [cis-kubernetes-5.2.7, pss-restricted]
#   bad: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#   good: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       securityContext:
#         runAsNonRoot: true
#       containers:
#       - name: web
#         image: registry.example/web:1.4
package portcullis.builtin.PC1003

import data.portcullis.lib

deny contains {"msg": msg, "path": user.path} if {
	some container in lib.containers
	user := lib.setting(container, "runAsUser")
	user.value == 0
	not lib.windows
	msg := sprintf("%s runs as root: runAsUser is 0", [lib.name(container)])
}

deny contains {"msg": msg, "path": nonroot.path} if {
	some container in lib.containers
	not lib.setting(container, "runAsUser")
	nonroot := lib.setting(container, "runAsNonRoot")
	nonroot.value != true
	not lib.windows
	msg := sprintf("%s may run as root: runAsNonRoot is %v", [lib.name(container), nonroot.value])
}

deny contains {"msg": msg, "path": path} if {
	some container in lib.containers
	not lib.setting(container, "runAsUser")
	not lib.setting(container, "runAsNonRoot")
	not lib.windows
	path := array.concat(container.path, ["securityContext", "runAsNonRoot"])
	msg := sprintf("%s may run as root: neither runAsNonRoot nor runAsUser is set", [lib.name(container)])
}
