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
