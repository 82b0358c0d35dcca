package main

import rego.v1

# Whoever is called at night has to be on the label.
deny contains result if {
	input.kind in {"Deployment", "StatefulSet", "DaemonSet"}
	not input.metadata.labels.team
	result := {
		"msg": sprintf("%s %q has no label \"team\"", [input.kind, input.metadata.name]),
		"severity": "medium",
		"path": ["metadata"],
	}
}
