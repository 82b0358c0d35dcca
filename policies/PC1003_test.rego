package portcullis.builtin.PC1003_test

import data.portcullis.builtin.PC1003

# paths of the results for a security context of the pod and of the container.
paths(pod, container) := {result.path | some result in results} if {
	spec := {"securityContext": pod, "containers": [{"name": "web", "securityContext": container}]}
	results := PC1003.deny with input as {"kind": "Pod", "spec": spec}
}

of_pod(field) := {["spec", "securityContext", field]}

of_container(field) := {["spec", "containers", 0, "securityContext", field]}

test_root if {
	paths({}, {}) == of_container("runAsNonRoot")
	paths({"runAsUser": 0}, {}) == of_pod("runAsUser")
	paths({}, {"runAsUser": 0}) == of_container("runAsUser")
	paths({"runAsNonRoot": false}, {}) == of_pod("runAsNonRoot")
	paths({"runAsNonRoot": true}, {"runAsNonRoot": false}) == of_container("runAsNonRoot")
	paths({"runAsUser": 1000}, {"runAsUser": 0}) == of_container("runAsUser")
	paths({"runAsUser": 0}, {"runAsNonRoot": true}) == of_pod("runAsUser")
}

test_not_root if {
	paths({"runAsNonRoot": true}, {}) == set()
	paths({}, {"runAsNonRoot": true}) == set()
	paths({"runAsNonRoot": false}, {"runAsNonRoot": true}) == set()
	paths({"runAsUser": 0}, {"runAsUser": 1000}) == set()
	paths({"runAsUser": 1000}, {"runAsNonRoot": false}) == set()
	paths({"runAsNonRoot": true}, {"runAsNonRoot": null}) == set()
}

test_windows if {
	count(PC1003.deny) == 0 with input as {"kind": "Pod", "spec": {"os": {"name": "windows"}, "containers": [{"name": "web"}]}}
}
