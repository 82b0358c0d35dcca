package main

warn contains msg if {
	input.kind == "Deployment"
	input.spec.replicas < 2
	msg := sprintf("%s has one replica", [input.metadata.name])
}

warn_file contains msg if {
	input.kind == "Service"
	msg := sprintf("services in %s", [data.conftest.file.name])
}
