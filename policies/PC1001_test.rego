package portcullis.builtin.PC1001_test

import data.portcullis.builtin.PC1001
import data.portcullis.lib_test

privileged := {"name": "web", "securityContext": {"privileged": true}}

test_privileged if {
	PC1001.deny == {{
		"msg": "container \"web\" is privileged",
		"path": ["spec", "containers", 0, "securityContext", "privileged"],
	}} with input as lib_test.pod(privileged)
}

test_every_kind_and_list if {
	every kind in lib_test.kinds {
		every list in ["containers", "initContainers", "ephemeralContainers"] {
			count(PC1001.deny) == 1 with input as lib_test.workload(kind, {list: [privileged]})
		}
	}
}

test_not_privileged if {
	count(PC1001.deny) == 0 with input as lib_test.pod({"securityContext": {"privileged": false}})
	count(PC1001.deny) == 0 with input as lib_test.pod({"name": "web"})
}
