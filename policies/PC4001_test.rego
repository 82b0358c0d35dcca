package portcullis.builtin.PC4001_test

import data.portcullis.builtin.PC4001

test_values if {
	PC4001.deny == {
		{"msg": "the Secret holds the value of \"a\" in plain text", "path": ["data", "a"]},
		{"msg": "the Secret holds the value of \"b\" in plain text", "path": ["stringData", "b"]},
	} with input as {"kind": "Secret", "data": {"a": "c2VjcmV0"}, "stringData": {"b": "secret", "c": "", "d": null}}
}

test_value_is_not_told if {
	every result in PC4001.deny {
		not contains(result.msg, "hunter2")
	} with input as {"kind": "Secret", "stringData": {"a": "hunter2"}}
}

test_encrypted if {
	secret := {"kind": "Secret", "data": {"a": "ENC[AES256_GCM,data:x]"}}
	count(PC4001.deny) == 1 with input as secret
	count(PC4001.deny) == 0 with input as object.union(secret, {"sops": {"mac": "x"}})
}

test_other_kinds if {
	count(PC4001.deny) == 0 with input as {"kind": "ConfigMap", "data": {"a": "x"}}
	count(PC4001.deny) == 0 with input as {"kind": "Secret", "type": "Opaque"}
}
