package portcullis.builtin.PC1202_test

import data.portcullis.builtin.PC1202
import data.portcullis.lib_test

test_missing if {
	PC1202.deny == {{
		"msg": "container \"web\" has no readinessProbe and no livenessProbe",
		"path": ["spec", "containers", 0, "readinessProbe"],
	}} with input as lib_test.pod({"name": "web"})
	PC1202.deny == {{
		"msg": "container \"web\" has no livenessProbe",
		"path": ["spec", "containers", 0, "livenessProbe"],
	}} with input as lib_test.pod({"name": "web", "readinessProbe": {"exec": {}}, "livenessProbe": null})
}

test_probed if {
	count(PC1202.deny) == 0 with input as lib_test.pod({"readinessProbe": {"exec": {}}, "livenessProbe": {"exec": {}}})
}

test_left_out if {
	every kind in ["Job", "CronJob"] {
		count(PC1202.deny) == 0 with input as lib_test.workload(kind, {"containers": [{"name": "x"}]})
	}
	count(PC1202.deny) == 0 with input as lib_test.workload("Deployment", {"initContainers": [{"name": "x"}]})
	count(PC1202.deny) == 0 with input as lib_test.workload("Pod", {"restartPolicy": "Never", "containers": [{"name": "x"}]})
}
