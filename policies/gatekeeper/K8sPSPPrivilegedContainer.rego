package k8spspprivilegedcontainer

import data.lib.pods

violation contains {"msg": msg} if {
	some container in pods.containers
	container.spec.securityContext.privileged == true
	msg := sprintf("container %q is privileged", [container.spec.name])
}
