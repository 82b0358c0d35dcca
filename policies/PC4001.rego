# METADATA
# title: No Secret values in the repository
# description: A Secret manifest must not hold values, neither in stringData nor base64-encoded in data. Values that SOPS has encrypted are left out.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/secrets-good-practices/
# custom:
#   id: PC4001
#   severity: high
#   layer: code
#   sensitive: true
#   why: base64 is no encryption. Everybody who can read the repository, its history, its forks or its build logs has the secret.
#   remediation: replace the value at its issuer, then let the cluster fetch it (External Secrets, a CSI driver) or commit it encrypted (SealedSecret, SOPS)
#   bad: |
#     apiVersion: v1
#     kind: Secret
#     metadata: {name: database}
#     stringData:
#       password: example
#   good: |
#     apiVersion: external-secrets.io/v1
#     kind: ExternalSecret
#     metadata: {name: database}
#     spec:
#       secretStoreRef: {name: vault, kind: ClusterSecretStore}
#       target: {name: database}
#       data:
#       - secretKey: password
#         remoteRef: {key: database, property: password}
package portcullis.builtin.PC4001

deny contains {"msg": msg, "path": [field, key]} if {
	input.kind == "Secret"
	some field in ["data", "stringData"]
	some key, value in input[field]
	not empty(value)
	not encrypted(value)
	msg := sprintf("the Secret holds the value of %q in plain text", [key])
}

empty(value) if value in {"", null}

encrypted(value) if {
	is_string(input.sops.mac)
	startswith(value, "ENC[")
}
