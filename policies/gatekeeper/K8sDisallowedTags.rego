# METADATA
# title: "Images must have a tag, and none of the disallowed ones"
# custom:
#   id: gatekeeper/K8sDisallowedTags
#   severity: high
#   layer: cluster
#   why: "What a tag such as latest names changes; nobody knows what runs, and a restart may run something else."
#   remediation: "name a version, or better a digest"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sDisallowedTags
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         tags: [latest]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:latest"}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sDisallowedTags
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         tags: [latest]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
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
