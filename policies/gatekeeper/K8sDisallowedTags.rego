package k8sdisallowedtags

import data.lib.pods

violation contains {"msg": msg} if {
	some container in pods.containers
	some tag in input.parameters.tags
	endswith(container.spec.image, concat("", [":", tag]))
	msg := sprintf("container %q has an image with the disallowed tag %s: %s", [container.spec.name, tag, container.spec.image])
}

violation contains {"msg": msg} if {
	some container in pods.containers
	not regex.match(`[:@]`, pods.name(container.spec.image))
	msg := sprintf("container %q has an image without a tag: %s", [container.spec.name, container.spec.image])
}
