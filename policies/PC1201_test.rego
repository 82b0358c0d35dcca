package portcullis.builtin.PC1201_test

import data.portcullis.builtin.PC1201
import data.portcullis.lib_test

found(limits) := {result | some result in results} if {
	results := PC1201.deny with input as lib_test.pod({"name": "web", "resources": {"limits": limits}})
}

test_missing if {
	found({}) == {{
		"msg": "container \"web\" has no limit for cpu and memory",
		"path": ["spec", "containers", 0, "resources", "limits", "cpu"],
	}}
	found({"cpu": 1}) == {{
		"msg": "container \"web\" has no limit for memory",
		"path": ["spec", "containers", 0, "resources", "limits", "memory"],
	}}
	count(found({"cpu": 1, "memory": null})) == 1
	count(PC1201.deny) == 1 with input as lib_test.workload("Job", {"initContainers": [{"name": "x"}]})
}

test_limited if {
	found({"cpu": "1", "memory": "1Gi"}) == set()
	count(PC1201.deny) == 0 with input as lib_test.workload("Job", {
		"resources": {"limits": {"cpu": 1, "memory": 1}},
		"containers": [{"name": "x"}],
	})
	count(PC1201.deny) == 0 with input as lib_test.workload("Pod", {"ephemeralContainers": [{"name": "x"}]})
}
