package k8spsphostnamespace

violation contains {"msg": msg, "details": {"path": ["spec", field]}} if {
	some field in ["hostPID", "hostIPC"]
	input.review.object.spec[field] == true
	msg := sprintf("the pod uses a namespace of the host: %s", [field])
}
