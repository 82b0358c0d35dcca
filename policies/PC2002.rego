# METADATA
# title: Roles name what they allow
# description: The verbs, resources and API groups of a Role or ClusterRole must not be "*".
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
# custom:
#   id: PC2002
#   severity: high
#   layer: cluster
#   why: A wildcard also allows what is installed or invented later, and usually more than was meant, such as escalate, impersonate or reading Secrets.
#   remediation: list the verbs, resources and API groups that are needed
#   controls: [cis-kubernetes-5.1.3]
#   bad: |
#     apiVersion: rbac.authorization.k8s.io/v1
#     kind: Role
#     metadata: {name: deployer}
#     rules:
#     - apiGroups: [apps]
#       resources: [deployments]
#       verbs: ["*"]
#   good: |
#     apiVersion: rbac.authorization.k8s.io/v1
#     kind: Role
#     metadata: {name: deployer}
#     rules:
#     - apiGroups: [apps]
#       resources: [deployments]
#       verbs: [get, list, patch]
package portcullis.builtin.PC2002

deny contains {"msg": msg, "path": ["rules", i, field, j]} if {
	input.kind in {"ClusterRole", "Role"}
	some i, rule in input.rules
	some field, what in {"apiGroups": "API group", "resources": "resource", "verbs": "verb"}
	some j, value in rule[field]
	value == "*"
	msg := sprintf("the role allows every %s (%s: \"*\")", [what, field])
}
