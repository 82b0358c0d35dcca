# METADATA
# title: "Pods must not share the process and IPC namespaces of the host"
# custom:
#   id: gatekeeper/K8sPSPHostNamespace
#   severity: high
#   layer: cluster
#   why: "In a namespace of the host a container sees, and may stop, the processes of the node and of other pods."
#   remediation: "remove hostPID and hostIPC"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPHostNamespace
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       hostPID: true
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPHostNamespace
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       hostPID: false
#       containers: [{name: web, image: "registry.example/web:1.4"}]
package k8spsphostnamespace

violation contains {"msg": msg, "details": {"path": ["spec", field]}} if {
	some field in ["hostPID", "hostIPC"]
	input.review.object.spec[field] == true
	msg := sprintf("the pod uses a namespace of the host: %s", [field])
}
