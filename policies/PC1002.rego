# METADATA
# title: No namespaces of the host
# description: hostPID, hostIPC and hostNetwork must not be true.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   id: PC1002
#   severity: high
#   layer: cluster
#   why: A pod in a namespace of the host sees the processes, the shared memory or the network traffic of everything on the node, and can pass network policies by.
#   remediation: remove hostPID, hostIPC and hostNetwork; reach the pod through a Service
#   controls: [cis-kubernetes-5.2.3, cis-kubernetes-5.2.4, cis-kubernetes-5.2.5, pss-baseline]
#   bad: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       hostNetwork: true
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#   good: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
package portcullis.builtin.PC1002

import data.portcullis.lib

deny contains {"msg": msg, "path": array.concat(lib.pod_path, [field])} if {
	some field, what in {
		"hostIPC": "interprocess communication namespace",
		"hostNetwork": "network namespace",
		"hostPID": "process namespace",
	}
	lib.pod[field] == true
	msg := sprintf("%s: the pod shares the %s of its node", [field, what])
}
