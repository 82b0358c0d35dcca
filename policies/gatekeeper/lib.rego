package lib.pods

# containers holds every container of the pod under review that no parameter
# exempts, with the list that it stands in.
containers contains {"list": list, "spec": container} if {
	some list in ["containers", "initContainers", "ephemeralContainers"]
	some container in input.review.object.spec[list]
	not exempt(container.image)
}

# long holds those that run as long as the pod does.
long contains container.spec if {
	some container in containers
	container.list == "containers"
}

exempt(image) if {
	some pattern in input.parameters.exemptImages
	not endswith(pattern, "*")
	image == pattern
}

exempt(image) if {
	some pattern in input.parameters.exemptImages
	endswith(pattern, "*")
	startswith(image, trim_suffix(pattern, "*"))
}

# name is an image without its registry and folders.
name(image) := parts[count(parts) - 1] if parts := split(image, "/")

# quantity is the number that a quantity of Kubernetes stands for.
quantity(value) := value if is_number(value)

quantity(value) := units.parse(value) if {
	is_string(value)
	not regex.match(`[KMGTPE]i?$`, value)
}

quantity(value) := units.parse_bytes(value) if {
	is_string(value)
	regex.match(`[KMGTPE]i?$`, value)
}
