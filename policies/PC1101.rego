# METADATA
# title: Images have a tag other than latest, or a digest
# description: An image reference must have a digest, or a tag that is not latest.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/containers/images/
# custom:
#   id: PC1101
#   severity: medium
#   layer: container
#   why: Without a tag of its own nobody can tell which version runs, two nodes may run two different ones, and there is nothing to roll back to.
#   remediation: name the version, or better the digest, of the image
#   bad: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:latest
#   good: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
package portcullis.builtin.PC1101

import data.portcullis.lib

deny contains {"msg": msg, "path": path} if {
	some container in lib.containers
	fault := unpinned(container.spec.image)
	path := array.concat(container.path, ["image"])
	msg := sprintf("%s: image %q has %s", [lib.name(container), container.spec.image, fault])
}

# The tag follows the last slash: a colon before it belongs to a port.
unpinned(image) := "no tag" if {
	is_string(image)
	image != ""
	not contains(image, "@")
	not contains(last_part(image), ":")
}

unpinned(image) := "the tag latest" if {
	is_string(image)
	not contains(image, "@")
	endswith(last_part(image), ":latest")
}

last_part(image) := part if {
	parts := split(image, "/")
	part := parts[count(parts) - 1]
}
