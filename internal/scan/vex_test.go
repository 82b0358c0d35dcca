package scan_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// openVEX is a document with one statement about CVE-2025-26519, the vulnerability of musl.
func openVEX(status, product, more string) string {
	return `{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "acme", "timestamp": "2026-08-01T00:00:00Z", "version": 1,
	 "statements": [{"vulnerability": {"name": "CVE-2025-26519"}, "status": "` + status + `", "products": [` + product + `]` + more + `}]}`
}

func cycloneVEX(state, ref string) string {
	return `{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [{"type": "library", "name": "musl", "bom-ref": "m", "purl": "pkg:apk/alpine/musl"}],
	 "vulnerabilities": [{"id": "CVE-2025-26519", "analysis": {"state": "` + state + `", "justification": "code_not_reachable", "detail": "nobody calls iconv"}, "affects": [{"ref": "` + ref + `"}]}]}`
}

// muslReport scans an image with one vulnerability while these VEX files are trusted.
func muslReport(t *testing.T, files map[string]string, patterns ...string) (gate.StageReport, gate.Report) {
	t.Helper()
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl", "musl-utils 1.2.5-r8 musl"}, nil), amd64)))
	o.VEX, o.Trusted = patterns, checkout(t, files)
	return run(t, o)
}

const (
	musl  = `{"@id": "pkg:apk/alpine/musl"}`
	utils = `{"@id": "pkg:apk/alpine/musl-utils@1.2.5-r8"}`
)

func TestVEX(t *testing.T) {
	digest := digestOf(t)
	for _, test := range []struct {
		name, document string
		waived         int // of two packages
		why            string
	}{
		{"package", openVEX("not_affected", musl+","+utils, `, "justification": "vulnerable_code_not_present", "impact_statement": "built without iconv"`), 2, "vulnerable_code_not_present: built without iconv"},
		{"one of two packages", openVEX("not_affected", musl, ""), 1, "not_affected"},
		{"fixed", openVEX("fixed", utils, ""), 1, "fixed"},
		{"affected", openVEX("affected", musl+","+utils, ""), 0, ""},
		{"under investigation", openVEX("under_investigation", musl, ""), 0, ""},
		{"another version", openVEX("not_affected", `{"@id": "pkg:apk/alpine/musl@1.2.5-r7"}`, ""), 0, ""},
		{"another system", openVEX("not_affected", `{"@id": "pkg:apk/wolfi/musl"}`, ""), 0, ""},
		{"image by digest", openVEX("not_affected", `{"@id": "`+digest+`"}`, ""), 2, "not_affected"},
		{"image with a part", openVEX("not_affected", `{"@id": "`+digest+`", "subcomponents": [`+musl+`]}`, ""), 1, "not_affected"},
		{"image with another part", openVEX("not_affected", `{"@id": "`+digest+`", "subcomponents": [{"@id": "pkg:apk/alpine/zlib"}]}`, ""), 0, ""},
		{"package with a part", openVEX("not_affected", `{"@id": "pkg:apk/alpine/musl", "subcomponents": [{"@id": "pkg:apk/alpine/zlib"}]}`, ""), 0, ""},
		{"another image", openVEX("not_affected", `{"@id": "sha256:`+strings.Repeat("0", 64)+`"}`, ""), 0, ""},
		{"cyclonedx, package", cycloneVEX("not_affected", "pkg:apk/alpine/musl"), 1, "code_not_reachable: nobody calls iconv"},
		{"cyclonedx, component", cycloneVEX("false_positive", "m"), 1, "code_not_reachable: nobody calls iconv"},
		{"cyclonedx, this version", cycloneVEX("not_affected", `pkg:apk/alpine/musl", "versions": [{"version": "1.2.5-r8", "status": "unaffected"}], "x": "`), 1, "code_not_reachable: nobody calls iconv"},
		{"cyclonedx, another version", cycloneVEX("not_affected", `pkg:apk/alpine/musl", "versions": [{"version": "1.2.5-r9", "status": "unaffected"}], "x": "`), 0, ""},
		{"cyclonedx, a version that is affected", cycloneVEX("not_affected", `pkg:apk/alpine/musl", "versions": [{"version": "1.2.5-r8", "status": "affected"}], "x": "`), 0, ""},
		{"cyclonedx, a range of versions", cycloneVEX("not_affected", `pkg:apk/alpine/musl", "versions": [{"range": "vers:apk/>=0", "status": "unaffected"}], "x": "`), 0, ""},
		{"cyclonedx, exploitable", cycloneVEX("exploitable", "pkg:apk/alpine/musl"), 0, ""},
		{"cyclonedx, link to another SBOM", cycloneVEX("not_affected", "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:apk/alpine/musl"), 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := muslReport(t, map[string]string{"vex/a.json": test.document}, "vex/*.json")
			waived := 0
			for _, f := range s.Findings {
				if f.Status != gate.Waived {
					continue
				}
				waived += len(f.Packages)
				if f.Waiver == nil || f.Waiver.Source != "vex/a.json" || f.Waiver.Justification != test.why {
					t.Errorf("%+v", f.Waiver)
				}
			}
			if waived != test.waived || (waived == 2) != (s.Verdict == gate.Passed) || s.Verdict == gate.Error {
				t.Errorf("%d packages waived, %s %s %+v", waived, s.Verdict, s.Error, s.Findings)
			}
		})
	}
}

// digestOf is the digest of the image of muslReport.
func digestOf(t *testing.T) string {
	t.Helper()
	_, report := muslReport(t, nil)
	return report.Images[0].Digest
}

func TestVEXThatContradictsItself(t *testing.T) {
	s, _ := muslReport(t, map[string]string{
		"a.json": openVEX("not_affected", musl+","+utils, ""), "b.json": cycloneVEX("exploitable", "pkg:apk/alpine/musl"),
	}, "*.json")
	if s.Verdict != gate.Failed {
		t.Errorf("%s %+v", s.Verdict, s.Findings)
	}
}

func TestVEXOfOurOwnSBOM(t *testing.T) {
	files := map[string]string{"a.json": cycloneVEX("not_affected", "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#x")}
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, nil), amd64)))
	o.SBOM, o.SBOMDir = scan.CycloneDX, t.TempDir()
	_, report := run(t, o)
	var bom struct {
		SerialNumber string
		Components   []struct {
			Name string
			Ref  string `json:"bom-ref"`
		}
	}
	raw := read(t, filepath.FromSlash(report.Images[0].Platforms[0].SBOM.File))
	if err := json.Unmarshal(raw, &bom); err != nil {
		t.Fatal(err)
	}
	for _, c := range bom.Components {
		if c.Name == "musl" {
			link := fmt.Sprintf("urn:cdx:%s/1#%s", strings.TrimPrefix(bom.SerialNumber, "urn:uuid:"), c.Ref)
			files["a.json"] = cycloneVEX("not_affected", link)
		}
	}
	o.SBOM, o.SBOMDir, o.VEX, o.Trusted = "", "", []string{"a.json"}, checkout(t, files)
	if s, _ := run(t, o); s.Verdict != gate.Passed || len(s.Findings) != 1 || s.Findings[0].Status != gate.Waived {
		t.Errorf("%s %s %+v", s.Verdict, s.Error, s.Findings)
	}
}

func TestVEXThatCannotBeRead(t *testing.T) {
	for name, content := range map[string]string{
		"no JSON":          "{",
		"no statements":    `{"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}`,
		"no status":        openVEX("harmless", musl, ""),
		"something else":   `{"sarif": true}`,
		"no vulnerability": `{"bomFormat": "CycloneDX", "specVersion": "1.6"}`,
	} {
		s, _ := muslReport(t, map[string]string{"a.json": content}, "a.json")
		if s.Verdict != gate.Error || !strings.HasPrefix(s.Error, "a.json: reading a VEX file") || len(s.Findings) != 1 {
			t.Errorf("%s: %s %q", name, s.Verdict, s.Error)
		}
	}
	if s, _ := muslReport(t, nil, "none.json"); s.Verdict != gate.Error || !strings.Contains(s.Error, "none.json: reading a VEX file: it is not there") {
		t.Errorf("%s %q", s.Verdict, s.Error)
	}
}

func TestVEXThatSaysNothingIsNoted(t *testing.T) {
	other := strings.ReplaceAll(openVEX("not_affected", musl, ""), "CVE-2025-26519", "CVE-1999-0001")
	s, _ := muslReport(t, map[string]string{"vex/a.json": other}, "vex/*.json", "more/**/*.json")
	want := []string{`scan.vex: no file is called "more/**/*.json"`, "vex/a.json says nothing of any vulnerability that was found"}
	for _, note := range want {
		if !slices.Contains(s.Notes, note) {
			t.Errorf("%q is not in %q", note, s.Notes)
		}
	}
}
