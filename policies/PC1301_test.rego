package portcullis.builtin.PC1301_test

import data.portcullis.builtin.PC1301
import data.portcullis.lib_test

test_host_path if {
	PC1301.deny == {{
		"msg": "volume \"v\" mounts \"/var/run\" of the node",
		"path": ["spec", "template", "spec", "volumes", 1, "hostPath", "path"],
	}} with input as lib_test.workload("StatefulSet", {"volumes": [
		{"name": "e", "emptyDir": {}},
		{"name": "v", "hostPath": {"path": "/var/run"}},
	]})
}

test_other_volumes if {
	count(PC1301.deny) == 0 with input as lib_test.workload("Pod", {"volumes": [{"name": "e", "emptyDir": {}}]})
	count(PC1301.deny) == 0 with input as lib_test.workload("Pod", {})
}
