# METADATA
# title: "Pods must not mount the token of their service account"
# custom:
#   id: gatekeeper/K8sPSPAutomountServiceAccountTokenPod
#   severity: high
#   layer: cluster
#   why: "Whoever breaks into a container with a token may do at the API server whatever the service account may."
#   remediation: "set automountServiceAccountToken: false"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPAutomountServiceAccountTokenPod
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       automountServiceAccountToken: true
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPAutomountServiceAccountTokenPod
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       automountServiceAccountToken: false
#       containers: [{name: web, image: "registry.example/web:1.4"}]
package k8spspautomountserviceaccounttokenpod

violation contains {"msg": msg, "details": {"path": ["spec", "automountServiceAccountToken"]}} if {
	input.review.object.spec.automountServiceAccountToken == true
	msg := "the pod mounts the token of its service account"
}

violation contains {"msg": msg} if {
	not "automountServiceAccountToken" in object.keys(input.review.object.spec)
	some list in ["containers", "initContainers"]
	some container in input.review.object.spec[list]
	some mount in container.volumeMounts
	mount.mountPath == "/var/run/secrets/kubernetes.io/serviceaccount"
	msg := sprintf("container %q mounts the token of its service account", [container.name])
}
