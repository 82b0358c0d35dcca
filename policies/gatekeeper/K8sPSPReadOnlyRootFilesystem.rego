package k8spspreadonlyrootfilesystem

import data.lib.pods

violation contains {"msg": msg} if {
	some container in pods.containers
	not container.spec.securityContext.readOnlyRootFilesystem == true
	msg := sprintf("container %q does not set readOnlyRootFilesystem: true", [container.spec.name])
}
