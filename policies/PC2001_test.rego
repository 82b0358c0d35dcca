package portcullis.builtin.PC2001_test

import data.portcullis.builtin.PC2001

binding(kind, role, subject) := {
	"kind": kind,
	"roleRef": {"kind": "ClusterRole", "name": role},
	"subjects": [{"kind": "Group", "name": "team"}, {"kind": "Group", "name": subject}],
}

test_cluster_admin if {
	PC2001.deny == {{
		"msg": "the binding gives every right in the whole cluster (cluster-admin)",
		"path": ["roleRef", "name"],
	}} with input as binding("ClusterRoleBinding", "cluster-admin", "x")
	count(PC2001.deny) == 1 with input as binding("RoleBinding", "cluster-admin", "x")
}

test_everybody if {
	every subject in PC2001.everybody {
		some result in PC2001.deny with input as binding("ClusterRoleBinding", "cluster-admin", subject)
		result.path == ["subjects", 1, "name"]
		result.severity == "critical"
	}
}

test_other_role if {
	count(PC2001.deny) == 0 with input as binding("ClusterRoleBinding", "view", "system:authenticated")
	count(PC2001.deny) == 0 with input as {"kind": "RoleBinding", "roleRef": {"kind": "Role", "name": "cluster-admin"}}
}
