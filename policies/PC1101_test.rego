package portcullis.builtin.PC1101_test

import data.portcullis.builtin.PC1101
import data.portcullis.lib_test

found(image) := {result.msg | some result in results} if {
	results := PC1101.deny with input as lib_test.pod({"name": "web", "image": image})
}

test_unpinned if {
	found("web") == {"container \"web\": image \"web\" has no tag"}
	found("web:latest") == {"container \"web\": image \"web:latest\" has the tag latest"}
	count(found("registry.example:5000/shop/web")) == 1
	count(found("registry.example:5000/shop/web:latest")) == 1
}

test_pinned if {
	count(found("web:1.4")) == 0
	count(found("registry.example:5000/web:1.4")) == 0
	count(found("web@sha256:0123")) == 0
	count(found("web:latest@sha256:0123")) == 0
	count(found("web:latest-1")) == 0
	count(found("")) == 0
	count(PC1101.deny) == 0 with input as lib_test.pod({"name": "web"})
}

test_path if {
	some result in PC1101.deny with input as lib_test.pod({"name": "web", "image": "web"})
	result.path == ["spec", "containers", 0, "image"]
}
