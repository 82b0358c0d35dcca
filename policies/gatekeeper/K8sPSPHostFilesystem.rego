# METADATA
# title: "Pods must mount allowed folders of the host only"
# custom:
#   id: gatekeeper/K8sPSPHostFilesystem
#   severity: high
#   layer: cluster
#   why: "A folder of the host is shared with the node and its other pods, and some of them give control over the node."
#   remediation: "use another kind of volume, or a folder that the constraint lists"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPHostFilesystem
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         allowedHostPaths: [{pathPrefix: /var/log, readOnly: true}]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#       volumes: [{name: logs, hostPath: {path: /var/logs}}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPHostFilesystem
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         allowedHostPaths: [{pathPrefix: /var/log, readOnly: true}]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#       volumes: [{name: logs, hostPath: {path: /var/log/web}}]
package k8spsphostfilesystem

violation contains {"msg": msg, "details": {"path": ["spec", "volumes", i, "hostPath", "path"]}} if {
	some i, volume in input.review.object.spec.volumes
	volume.hostPath
	not allowed(volume)
	msg := sprintf("volume %q mounts %q of the host", [volume.name, object.get(volume.hostPath, "path", "")])
}

# A path is allowed below one of the parameters, and for writing only if that
# is not for reading only.
allowed(volume) if {
	some host in input.parameters.allowedHostPaths
	below(volume.hostPath.path, host.pathPrefix)
	not host.readOnly == true
}

allowed(volume) if {
	some host in input.parameters.allowedHostPaths
	below(volume.hostPath.path, host.pathPrefix)
	host.readOnly == true
	not written(volume.name)
}

below(path, prefix) if trim_right(path, "/") == trim_right(prefix, "/")

below(path, prefix) if startswith(path, concat("", [trim_right(prefix, "/"), "/"]))

written(name) if {
	some list in ["containers", "initContainers", "ephemeralContainers"]
	some container in input.review.object.spec[list]
	some mount in container.volumeMounts
	mount.name == name
	not mount.readOnly == true
}
