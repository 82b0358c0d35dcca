# METADATA
# title: "Objects must have the required labels"
# custom:
#   id: gatekeeper/K8sRequiredLabels
#   severity: high
#   layer: cluster
#   why: "Without its labels nobody knows whose an object is, and what selects by them misses it."
#   remediation: "add the label"
#   bad: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sRequiredLabels
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         labels: [{key: team, allowedRegex: "^(shop|search)$"}]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
#   good: |
#     apiVersion: constraints.gatekeeper.sh/v1beta1
#     kind: K8sRequiredLabels
#     metadata: {name: example}
#     spec:
#       match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
#       parameters:
#         labels: [{key: team, allowedRegex: "^(shop|search)$"}]
#     ---
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web, labels: {team: shop}}
#     spec:
#       containers: [{name: web, image: "registry.example/web:1.4"}]
package k8srequiredlabels

default_message(text) := object.get(input.parameters, "message", text)

# key is that of a demand, which may be the text alone.
key(demand) := demand.key if is_object(demand)

key(demand) := demand if is_string(demand)

violation contains {"msg": msg, "details": {"missing_labels": [name], "path": ["metadata", "labels", name]}} if {
	some demand in input.parameters.labels
	name := key(demand)
	not present(name)
	msg := default_message(sprintf("the label %q is missing", [name]))
}

present(name) if input.review.object.metadata.labels[name] == input.review.object.metadata.labels[name]

violation contains {"msg": msg, "details": {"path": ["metadata", "labels", demand.key]}} if {
	some demand in input.parameters.labels
	demand.allowedRegex != ""
	value := input.review.object.metadata.labels[demand.key]
	not regex.match(demand.allowedRegex, value)
	msg := default_message(sprintf("the label %q is %q and does not match %s", [demand.key, value, demand.allowedRegex]))
}
