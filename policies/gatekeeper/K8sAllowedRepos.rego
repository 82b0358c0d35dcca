package k8sallowedrepos

import data.lib.pods

violation contains {"msg": msg} if {
	some container in pods.containers
	image := container.spec.image
	not allowed(image)
	msg := sprintf("container %q has the image %s, which is from none of %v", [container.spec.name, image, input.parameters.repos])
}

allowed(image) if {
	some repo in input.parameters.repos
	startswith(image, repo)
}
