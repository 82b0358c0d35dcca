# METADATA
# title: "Pods must not use the network of the host, nor ports outside of the range"
# custom:
#   id: gatekeeper/K8sPSPHostNetworkingPorts
#   severity: high
#   layer: cluster
#   why: "In the network of the host no network policy holds, and services that listen on the node alone are in reach."
#   remediation: "remove hostNetwork and hostPort, and publish the port with a Service"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPHostNetworkingPorts
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         min: 8000
#         max: 9000
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       hostNetwork: true
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPHostNetworkingPorts
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         min: 8000
#         max: 9000
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         ports: [{containerPort: 8080, hostPort: 8080}]
package k8spsphostnetworkingports

import data.lib.pods

violation contains {"msg": "the pod uses the network of the host", "details": {"path": ["spec", "hostNetwork"]}} if {
	not input.parameters.hostNetwork == true
	input.review.object.spec.hostNetwork == true
}

violation contains {"msg": msg, "details": {"path": ["spec", container.list, i, "ports", n, "hostPort"]}} if {
	some container in pods.containers
	some i
	input.review.object.spec[container.list][i] == container.spec
	some n, port in container.spec.ports
	outside(port.hostPort)
	msg := sprintf("container %q binds the port %v of the host, which is not allowed", [container.spec.name, port.hostPort])
}

outside(port) if port < input.parameters.min

outside(port) if port > input.parameters.max
