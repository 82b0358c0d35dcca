# METADATA
# title: "Images must come from allowed repositories"
# custom:
#   id: gatekeeper/K8sAllowedRepos
#   severity: high
#   layer: cluster
#   why: "An image from a repository that nobody vouches for runs whatever its owner puts there."
#   remediation: "pull the image from a repository that the constraint lists"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sAllowedRepos
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         repos: [registry.example/]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "elsewhere.example/web:1.4"}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sAllowedRepos
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         repos: [registry.example/]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
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
