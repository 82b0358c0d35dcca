# METADATA
# title: Containers have limits for CPU and memory
# description: resources.limits must name cpu and memory, for the container or for its pod.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
# custom:
#   id: PC1201
#   severity: medium
#   layer: cluster
#   why: A container without limits can take all of a node's CPU and memory, by a leak or by an attack, and starve or kill its neighbours.
#   remediation: set resources.limits.cpu and resources.limits.memory
#   bad: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         resources:
#           limits: {memory: 128Mi}
#   good: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         resources:
#           limits: {cpu: 500m, memory: 128Mi}
package portcullis.builtin.PC1201

import data.portcullis.lib

deny contains {"msg": msg, "path": path} if {
	some container in lib.containers
	container.list != "ephemeralContainers" # they cannot have limits
	missing := [name | some name in ["cpu", "memory"]; not limited(container, name)]
	count(missing) > 0
	path := array.concat(container.path, ["resources", "limits", missing[0]])
	msg := sprintf("%s has no limit for %s", [lib.name(container), concat(" and ", missing)])
}

limited(container, name) if container.spec.resources.limits[name] != null

limited(_, name) if lib.pod.resources.limits[name] != null
