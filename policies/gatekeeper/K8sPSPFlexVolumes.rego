# METADATA
# title: "Volumes must use allowed FlexVolume drivers only"
# custom:
#   id: gatekeeper/K8sPSPFlexVolumes
#   severity: high
#   layer: cluster
#   why: "A FlexVolume driver is a program that runs as root on the node."
#   remediation: "use a driver that the constraint lists, or a CSI volume"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPFlexVolumes
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         allowedFlexVolumes: [{driver: example/lvm}]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#       volumes: [{name: data, flexVolume: {driver: example/cifs}}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPFlexVolumes
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         allowedFlexVolumes: [{driver: example/lvm}]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#       volumes: [{name: data, flexVolume: {driver: example/lvm}}]
package k8spspflexvolumes

violation contains {"msg": msg, "details": {"path": ["spec", "volumes", i, "flexVolume", "driver"]}} if {
	some i, volume in input.review.object.spec.volumes
	volume.flexVolume
	not allowed(volume.flexVolume)
	msg := sprintf("volume %q uses the driver %s, which is not allowed", [volume.name, object.get(volume.flexVolume, "driver", "")])
}

allowed(volume) if {
	some permitted in input.parameters.allowedFlexVolumes
	permitted.driver == volume.driver
}
