# METADATA
# title: "Pods must run as allowed users and groups"
# custom:
#   id: gatekeeper/K8sPSPAllowedUsers
#   severity: high
#   layer: cluster
#   why: "A container that runs as root, or as a user of another team, can read and change what is not its own."
#   remediation: "set runAsUser, runAsGroup, supplementalGroups and fsGroup as the constraint says"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPAllowedUsers
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         runAsUser: {rule: MustRunAs, ranges: [{min: 100, max: 200}]}
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         securityContext: {runAsUser: 99}
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sPSPAllowedUsers
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         runAsUser: {rule: MustRunAs, ranges: [{min: 100, max: 200}]}
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#         securityContext: {runAsUser: 150}
package k8spspallowedusers

import data.lib.pods

violation contains {"msg": msg, "details": {"path": ["spec", container.list, i, "securityContext", field]}} if {
	some field in ["runAsUser", "runAsGroup"]
	demand := input.parameters[field]
	some container in pods.containers
	some i
	input.review.object.spec[container.list][i] == container.spec
	not accepted(field, demand, container.spec)
	msg := sprintf("container %q: %s is %v, which the rule %s does not allow", [
		container.spec.name, field, object.get(setting(container.spec), field, "not set"), demand.rule,
	])
}

violation contains {"msg": msg, "details": {"path": ["spec", "securityContext", field]}} if {
	some field in ["supplementalGroups", "fsGroup"]
	demand := input.parameters[field]
	groups := array.flatten([object.get(object.get(input.review.object.spec, "securityContext", {}), field, [])])
	not groups_accepted(demand, groups)
	msg := sprintf("%s is %v, which the rule %s does not allow", [field, groups, demand.rule])
}

# setting is what holds for a container: its own security context over the pod's.
setting(container) := object.union(
	object.get(input.review.object.spec, "securityContext", {}),
	object.get(container, "securityContext", {}),
)

accepted(_, demand, _) if demand.rule == "RunAsAny"

accepted(field, demand, container) if {
	demand.rule in ["MustRunAs", "MayRunAs"]
	within(setting(container)[field], demand.ranges)
}

accepted(field, demand, container) if {
	demand.rule == "MayRunAs"
	not field in object.keys(setting(container))
}

accepted("runAsUser", demand, container) if {
	demand.rule == "MustRunAsNonRoot"
	setting(container).runAsUser > 0
}

accepted("runAsUser", demand, container) if {
	demand.rule == "MustRunAsNonRoot"
	setting(container).runAsNonRoot == true
	not setting(container).runAsUser == 0
}

groups_accepted(demand, _) if demand.rule == "RunAsAny"

groups_accepted(demand, []) if demand.rule == "MayRunAs"

groups_accepted(demand, groups) if {
	demand.rule in ["MustRunAs", "MayRunAs"]
	count(groups) > 0
	every group in groups { within(group, demand.ranges) }
}

within(value, ranges) if {
	some range in ranges
	range.min <= value
	value <= range.max
}
