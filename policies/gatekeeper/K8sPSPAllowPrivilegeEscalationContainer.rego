package k8spspallowprivilegeescalationcontainer

import data.lib.pods

violation contains {"msg": msg} if {
	some container in pods.containers
	not container.spec.securityContext.allowPrivilegeEscalation == false
	msg := sprintf("container %q does not set allowPrivilegeEscalation: false", [container.spec.name])
}
