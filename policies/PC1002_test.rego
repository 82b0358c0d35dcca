package portcullis.builtin.PC1002_test

import data.portcullis.builtin.PC1002
import data.portcullis.lib_test

test_host_namespaces if {
	every field in ["hostPID", "hostIPC", "hostNetwork"] {
		some result in PC1002.deny with input as lib_test.workload("Deployment", {field: true})
		result.path == ["spec", "template", "spec", field]
		startswith(result.msg, field)
	}
}

test_all_three if {
	count(PC1002.deny) == 3 with input as lib_test.workload("CronJob", {"hostPID": true, "hostIPC": true, "hostNetwork": true})
}

test_own_namespaces if {
	count(PC1002.deny) == 0 with input as lib_test.workload("DaemonSet", {"hostPID": false})
	count(PC1002.deny) == 0 with input as {"kind": "Service", "spec": {"hostPID": true}}
}
