package portcullis.lib_test

import data.portcullis.lib

# pod is a Pod with one container, workload the same in a workload of a kind.
pod(container) := {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}}

workload(kind, spec) := object.union({"kind": kind}, nested) if {
	path := lib.pod_paths[kind]
	nested := json.patch({}, array.concat(
		[{"op": "add", "path": array.slice(path, 0, i + 1), "value": {}} | some i; path[i]],
		[{"op": "add", "path": path, "value": spec}],
	))
}

kinds := {kind | some kind, _ in lib.pod_paths}

test_containers_of_every_kind if {
	spec := {"containers": [{"name": "a"}], "initContainers": [{"name": "b"}], "ephemeralContainers": [{"name": "c"}]}
	every kind in kinds {
		found := lib.containers with input as workload(kind, spec)
		{c.spec.name | some c in found} == {"a", "b", "c"}
		every c in found {
			object.get(workload(kind, spec), c.path, null) == c.spec
		}
	}
}

test_no_pods if {
	count(lib.containers) == 0 with input as {"kind": "Service", "spec": {"containers": [{"name": "a"}]}}
	count(lib.containers) == 0 with input as {"kind": "Pod"}
	count(lib.containers) == 0 with input as {"kind": "Pod", "spec": {"containers": ["text"]}}
}

test_name if {
	lib.name({"list": "containers", "path": ["spec", "containers", 1], "spec": {"name": "web"}}) == "container \"web\""
	lib.name({"list": "containers", "path": ["spec", "containers", 1], "spec": {}}) == "container 1 of containers"
}

test_container_setting_wins if {
	spec := {"securityContext": {"runAsUser": 0}, "containers": [{"securityContext": {"runAsUser": 5}}, {}]}
	settings := {s | some c in lib.containers; s := lib.setting(c, "runAsUser")} with input as {"kind": "Pod", "spec": spec}
	settings == {
		{"path": ["spec", "containers", 0, "securityContext", "runAsUser"], "value": 5},
		{"path": ["spec", "securityContext", "runAsUser"], "value": 0},
	}
}
