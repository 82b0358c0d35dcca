package scan_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// What an image says of itself takes no vulnerability away: lists of packages, lists of what to ignore, other names.
func TestR33NothingInTheImageHidesAPackage(t *testing.T) {
	const spdx = `{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"a","dataLicense":"CC0-1.0","documentNamespace":"https://acme.example/a",
	  "creationInfo":{"created":"2026-01-01T00:00:00Z","creators":["Tool: a"]},"packages":[{"SPDXID":"SPDXRef-a","name":"musl","versionInfo":"9","downloadLocation":"NONE",
	  "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:apk/alpine/musl@9"}]}]}`
	const cdx = `{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"bom-ref":"b","type":"library","name":"musl","version":"9","purl":"pkg:apk/alpine/musl@9"}]}`
	const vex = `{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{"name":"CVE-2025-26519"},"products":[{"@id":"pkg:apk/alpine/musl"}],"status":"not_affected"}]}`
	for name, content := range map[string]string{
		"opt/bitnami/musl/.spdx-musl.spdx": spdx, "sbom.json": cdx, "usr/local/share/sbom/a.cdx.json": cdx, "var/lib/db/sbom/musl.spdx.json": spdx,
		".trivyignore": "CVE-2025-26519\n", ".trivyignore.yaml": "vulnerabilities:\n  - id: CVE-2025-26519\n",
		"openvex.json": vex, ".vex/a.openvex.json": vex, "trivy.yaml": "ignorefile: .trivyignore\nseverity: [LOW]\n",
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{name: content}
			o := options(t, store(t, imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, files), amd64)))
			o.Tree = checkout(t, files) // and in the workspace as little
			t.Chdir(o.Tree.Dir())
			s, report := run(t, o)
			if s.Verdict != gate.Failed || len(s.Findings) != 1 || s.Findings[0].Status == gate.Waived || report.Images[0].Platforms[0].Packages != 1 {
				t.Errorf("%s %s %+v %+v", s.Verdict, s.Error, s.Findings, report.Images)
			}
		})
	}
}

// What a later layer does to the files that say which system it is and what it has.
func TestR35LaterLayersDoNotMakeItPass(t *testing.T) {
	for _, test := range []struct {
		name  string
		later fstest.MapFS
		want  string // in the error; "": the vulnerability is found
	}{
		{"os-release removed", fstest.MapFS{"etc/.wh.os-release": {}, "etc/.wh.alpine-release": {}}, ""},
		{"another os-release", fstest.MapFS{"etc/os-release": {Data: []byte("ID=wolfi\nVERSION_ID=20230201\n")}, "etc/.wh.alpine-release": {}}, "it was alpine 3.22.1 in one layer and is wolfi 20230201 in a later one"},
		{"another release", fstest.MapFS{"etc/alpine-release": {Data: []byte("3.20.0\n")}, "etc/os-release": {Data: []byte("ID=alpine\nVERSION_ID=3.20.0\n")}}, "is alpine 3.20.0 in a later one"},
		{"the same release, newer", fstest.MapFS{"etc/alpine-release": {Data: []byte("3.22.2\n")}, "etc/os-release": {Data: []byte("ID=alpine\nVERSION_ID=3.22.2\n")}}, ""},
		{"an os-release of nobody", fstest.MapFS{"etc/os-release": {Data: []byte("ID=arch\n")}, "etc/.wh.alpine-release": {}}, ""},
		{"package database removed", fstest.MapFS{"lib/apk/db/.wh.installed": {}}, "has no package database"},
		{"its folder replaced", fstest.MapFS{"lib/apk/db/.wh..wh..opq": {}, "lib/apk/db/scripts.tar": {}}, "has no package database"},
		{"an empty one in its place", fstest.MapFS{"lib/apk/db/installed": {}}, "has no package database"},
		{"a folder in its place", fstest.MapFS{"lib/.wh.apk": {}}, "has no package database"},
	} {
		t.Run(test.name, func(t *testing.T) {
			img := layered(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, nil), "base", test.later, "RUN /bin/sh -c x # buildkit")
			o := options(t, store(t, img))
			o.Static = o.Images // which is of no use to an image with a system
			s, _ := run(t, o)
			switch {
			case test.want == "" && (s.Verdict != gate.Failed || s.Findings[0].Rule != "CVE-2025-26519"):
				t.Errorf("%s %s %+v", s.Verdict, s.Error, s.Findings)
			case test.want != "" && (s.Verdict != gate.Error || !strings.Contains(s.Error, test.want)):
				t.Errorf("%s %q", s.Verdict, s.Error)
			}
		})
	}
}
