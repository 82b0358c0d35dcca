package scan

import "testing"

// Whatever a VEX file holds: it is read or refused, and rules on nothing that it does not name.
func FuzzVEX(f *testing.F) {
	for _, seed := range []string{
		`{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{"vulnerability": {"name": "CVE-1"}, "status": "fixed", "products": [{"@id": "pkg:npm/a"}]}]}`,
		`{"@context": "https://openvex.dev/ns", "statements": [{"vulnerability": "CVE-1", "status": "not_affected", "products": ["pkg:npm/a"]}]}`,
		`{"bomFormat": "CycloneDX", "specVersion": "1.6", "vulnerabilities": [{"id": "CVE-1", "analysis": {"state": "resolved"}, "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a"}]}]}`,
		`{"bomFormat": "CycloneDX", "vulnerabilities": [null, {}], "components": [{}]}`, `null`, `[]`,
	} {
		f.Add([]byte(seed))
	}
	elsewhere := affected{id: "CVE-0000-0000", image: []string{"ghcr.io/acme/none:1"}, pkg: []string{"pkg:generic/none@0"}, serial: "urn:uuid:0", version: 1}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if doc, err := readOpenVEX(raw); err == nil {
			if _, found := doc.rule(elsewhere); found {
				t.Errorf("%s rules on something else", raw)
			}
		}
		if doc, _, err := readCycloneDX(raw); err == nil {
			if _, found := doc.rule(elsewhere); found {
				t.Errorf("%s rules on something else", raw)
			}
		}
	})
}

// A version that is drawn from an advisory is never empty, and reading one never fails badly.
func FuzzCanary(f *testing.F) {
	f.Add([]byte(`{"VulnerableVersions":[">= 1.0, < 2"]}`))
	f.Add([]byte(`{"VulnerableVersions":[">="],"FixedVersion":""}`))
	f.Add([]byte(`{"PatchedVersions":["1"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if version, ok := vulnerable(raw, "0"); ok && version == "" {
			t.Errorf("%s has no version", raw)
		}
	})
}
