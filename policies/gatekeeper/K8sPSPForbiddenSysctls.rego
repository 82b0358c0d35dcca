# METADATA
# title: "Pods must not set forbidden sysctls"
# custom:
#   id: gatekeeper/K8sPSPForbiddenSysctls
#   severity: high
#   layer: cluster
#   why: "Some settings of the kernel hold for the whole node and can stop every pod on it."
#   remediation: "remove the sysctl"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPForbiddenSysctls
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         forbiddenSysctls: ["kernel.*"]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       securityContext: {sysctls: [{name: kernel.msgmax, value: "65536"}]}
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPForbiddenSysctls
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         forbiddenSysctls: ["kernel.*"]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: "1"}]}
#       containers: [{name: web, image: "registry.example/web:1.4"}]
package k8spspforbiddensysctls

violation contains {"msg": msg, "details": {"path": ["spec", "securityContext", "sysctls", i, "name"]}} if {
	some i, sysctl in input.review.object.spec.securityContext.sysctls
	matches(input.parameters.forbiddenSysctls, sysctl.name)
	msg := sprintf("the sysctl %s is forbidden", [sysctl.name])
}

violation contains {"msg": msg, "details": {"path": ["spec", "securityContext", "sysctls", i, "name"]}} if {
	some i, sysctl in input.review.object.spec.securityContext.sysctls
	input.parameters.allowedSysctls
	not matches(input.parameters.allowedSysctls, sysctl.name)
	msg := sprintf("the sysctl %s is not among the allowed ones", [sysctl.name])
}

matches(patterns, name) if name in patterns

matches(patterns, name) if {
	some pattern in patterns
	endswith(pattern, "*")
	startswith(name, trim_suffix(pattern, "*"))
}
