package k8srequiredlabels

default_message(text) := object.get(input.parameters, "message", text)

# key is that of a demand, which may be the text alone.
key(demand) := demand.key if is_object(demand)

key(demand) := demand if is_string(demand)

violation contains {"msg": msg, "details": {"missing_labels": [name], "path": ["metadata", "labels", name]}} if {
	some demand in input.parameters.labels
	name := key(demand)
	not present(name)
	msg := default_message(sprintf("the label %q is missing", [name]))
}

present(name) if input.review.object.metadata.labels[name] == input.review.object.metadata.labels[name]

violation contains {"msg": msg, "details": {"path": ["metadata", "labels", demand.key]}} if {
	some demand in input.parameters.labels
	demand.allowedRegex != ""
	value := input.review.object.metadata.labels[demand.key]
	not regex.match(demand.allowedRegex, value)
	msg := default_message(sprintf("the label %q is %q and does not match %s", [demand.key, value, demand.allowedRegex]))
}
