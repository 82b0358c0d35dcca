# METADATA
# title: "Containers must have the required probes"
# custom:
#   id: gatekeeper/K8sRequiredProbes
#   severity: high
#   layer: cluster
#   why: "Without a probe a pod gets requests before it can answer them, and is not restarted when it hangs."
#   remediation: "add the probe"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sRequiredProbes
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         probes: [readinessProbe]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sRequiredProbes
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         probes: [readinessProbe]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         readinessProbe: {httpGet: {path: /healthz, port: 8080}}
package k8srequiredprobes

import data.lib.pods

default_types := ["tcpSocket", "httpGet", "exec", "grpc"]

violation contains {"msg": msg} if {
	some container in pods.long
	some probe in object.get(input.parameters, "probes", ["readinessProbe", "livenessProbe"])
	not complete(container, probe)
	msg := sprintf("container %q has no %s", [container.name, probe])
}

complete(container, probe) if {
	some type in object.get(input.parameters, "probeTypes", default_types)
	container[probe][type]
}
