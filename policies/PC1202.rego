# METADATA
# title: Containers have readiness and liveness probes
# description: A container that serves must have a readinessProbe and a livenessProbe. Jobs, init containers and pods that end are left out.
# related_resources:
# - ref: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
# custom:
#   id: PC1202
#   severity: low
#   layer: cluster
#   why: Without a readiness probe traffic goes to a container that cannot answer yet. Without a liveness probe one that hangs is never restarted.
#   remediation: add a readinessProbe and a livenessProbe
#   bad: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         readinessProbe: {httpGet: {path: /ready, port: 8080}}
#   good: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         readinessProbe: {httpGet: {path: /ready, port: 8080}}
#         livenessProbe: {httpGet: {path: /live, port: 8080}}
package portcullis.builtin.PC1202

import data.portcullis.lib

deny contains {"msg": msg, "path": path} if {
	not input.kind in {"Job", "CronJob"}
	object.get(lib.pod, "restartPolicy", "Always") == "Always"
	some container in lib.containers
	container.list == "containers"
	missing := [name | some name in ["readinessProbe", "livenessProbe"]; object.get(container.spec, name, null) == null]
	count(missing) > 0
	path := array.concat(container.path, [missing[0]])
	msg := sprintf("%s has no %s", [lib.name(container), concat(" and no ", missing)])
}
