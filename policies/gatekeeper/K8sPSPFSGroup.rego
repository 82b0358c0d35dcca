# METADATA
# title: "Volumes must belong to an allowed group"
# custom:
#   id: gatekeeper/K8sPSPFSGroup
#   severity: high
#   layer: cluster
#   why: "A pod with the group of another one can read and change what that one keeps on shared volumes."
#   remediation: "set securityContext.fsGroup as the constraint says"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPFSGroup
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         rule: MustRunAs
#         ranges: [{min: 100, max: 200}]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       securityContext: {fsGroup: 99}
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPFSGroup
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         rule: MustRunAs
#         ranges: [{min: 100, max: 200}]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       securityContext: {fsGroup: 150}
#       containers: [{name: web, image: "registry.example/web:1.4"}]
package k8spspfsgroup

violation contains {"msg": msg, "details": {"path": ["spec", "securityContext", "fsGroup"]}} if {
	not accepted(object.get(input.review.object.spec, ["securityContext", "fsGroup"], null))
	msg := sprintf("fsGroup is %v, which the rule %s does not allow", [
		object.get(input.review.object.spec, ["securityContext", "fsGroup"], "not set"), input.parameters.rule,
	])
}

accepted(_) if input.parameters.rule == "RunAsAny"

accepted(null) if input.parameters.rule == "MayRunAs"

accepted(group) if {
	input.parameters.rule in ["MayRunAs", "MustRunAs"]
	is_number(group)
	some range in input.parameters.ranges
	range.min <= group
	group <= range.max
}
