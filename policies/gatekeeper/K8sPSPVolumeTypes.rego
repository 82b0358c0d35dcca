# METADATA
# title: "Volumes must be of an allowed type"
# custom:
#   id: gatekeeper/K8sPSPVolumeTypes
#   severity: high
#   layer: cluster
#   why: "Some types of volumes reach the node or the network of the cluster."
#   remediation: "use a type that the constraint lists"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPVolumeTypes
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         volumes: [configMap, emptyDir]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#       volumes: [{name: data, nfs: {server: nfs.example, path: /}}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPVolumeTypes
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         volumes: [configMap, emptyDir]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#       volumes: [{name: data, emptyDir: {}}]
package k8spspvolumetypes

violation contains {"msg": msg, "details": {"path": ["spec", "volumes", i, type]}} if {
	some i, volume in input.review.object.spec.volumes
	some type in object.keys(volume)
	type != "name"
	not allowed(type)
	msg := sprintf("volume %q is of the type %s, which is not allowed", [volume.name, type])
}

allowed(type) if {
	some permitted in input.parameters.volumes
	permitted in ["*", type]
}
