package portcullis.builtin.PC2002_test

import data.portcullis.builtin.PC2002

test_wildcards if {
	every kind in ["Role", "ClusterRole"] {
		every field in ["apiGroups", "resources", "verbs"] {
			some result in PC2002.deny with input as {"kind": kind, "rules": [{}, {field: ["get", "*"]}]}
			result.path == ["rules", 1, field, 1]
		}
	}
}

test_named if {
	count(PC2002.deny) == 0 with input as {"kind": "Role", "rules": [{"verbs": ["get"], "resources": ["pods/*"]}]}
	count(PC2002.deny) == 0 with input as {"kind": "Service", "rules": [{"verbs": ["*"]}]}
}
