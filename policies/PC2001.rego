# METADATA
# title: Nobody is bound to cluster-admin
# description: No binding may refer to the ClusterRole cluster-admin; one that gives it to everybody is critical.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
# custom:
#   id: PC2001
#   severity: high
#   layer: cluster
#   why: cluster-admin may do everything, also read every Secret and change every role. One stolen token of such a subject is the whole cluster, or with a RoleBinding the whole namespace.
#   remediation: bind a Role with the few verbs and resources that are needed
#   controls: [cis-kubernetes-5.1.1]
#   bad: |
#     apiVersion: rbac.authorization.k8s.io/v1
#     kind: ClusterRoleBinding
#     metadata: {name: deployer}
#     roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
#     subjects:
#     - {kind: ServiceAccount, name: deployer, namespace: ci}
#   good: |
#     apiVersion: rbac.authorization.k8s.io/v1
#     kind: RoleBinding
#     metadata: {name: deployer, namespace: shop}
#     roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
#     subjects:
#     - {kind: ServiceAccount, name: deployer, namespace: ci}
package portcullis.builtin.PC2001

everybody := {"system:anonymous", "system:authenticated", "system:serviceaccounts", "system:unauthenticated"}

cluster_admin if {
	input.kind in {"ClusterRoleBinding", "RoleBinding"}
	input.roleRef.kind == "ClusterRole"
	input.roleRef.name == "cluster-admin"
}

reach := "in its namespace" if input.kind == "RoleBinding"

reach := "in the whole cluster" if input.kind == "ClusterRoleBinding"

deny contains {"msg": msg, "path": ["roleRef", "name"]} if {
	cluster_admin
	msg := sprintf("the binding gives every right %s (cluster-admin)", [reach])
}

deny contains {"msg": msg, "path": ["subjects", i, "name"], "severity": "critical"} if {
	cluster_admin
	some i, subject in input.subjects
	subject.name in everybody
	msg := sprintf("the binding gives every right %s (cluster-admin) to %q", [reach, subject.name])
}
