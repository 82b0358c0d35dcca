package team.network

deny contains "a service without a selector" if {
	input.kind == "Service"
	not input.spec.selector
}
