package scan_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// answer is what Grype prints of an SBOM with musl 1.2.5-r8: one vulnerability
// that Trivy knows under a related id, and one that only Grype knows.
const answer = `{"matches": [
  {"vulnerability": {"id": "GHSA-0000", "dataSource": "https://example.com/GHSA-0000", "severity": "High", "fix": {"versions": ["1.2.5-r9"], "state": "fixed"}},
   "relatedVulnerabilities": [{"id": "CVE-2025-26519"}],
   "artifact": {"name": "musl", "version": "1.2.5-r8", "type": "apk"}},
  {"vulnerability": {"id": "CVE-2026-7777", "dataSource": "https://example.com/CVE-2026-7777", "severity": "Critical",
     "description": "musl forgets. And more.", "fix": {"versions": [], "state": "not-fixed"}},
   "relatedVulnerabilities": [], "artifact": {"name": "musl", "version": "1.2.5-r8", "type": "apk"}},
  {"vulnerability": {"id": "CVE-2026-8888", "severity": "Critical"}, "artifact": {"name": "absent", "version": "1"}}
], "descriptor": {"name": "grype", "version": "0.100.0"}}`

// program writes a script that stands where Grype would be.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grype")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestR46SecondOpinionOfGrype(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "canary")
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl", "libssl3 3.5.2-r0 openssl"}, nil), amd64)))
	o.Grype = scan.Grype{Required: true, Path: program(t, `
[ "$*" = "sbom:bom.cdx.json -o json --quiet" ] || exit 7
[ -z "$GITHUB_TOKEN" ] && [ "$GRYPE_DB_AUTO_UPDATE" = false ] && [ "$HOME" = "$PWD" ] || exit 8
grep -q '"bomFormat": *"CycloneDX"' bom.cdx.json && grep -q musl bom.cdx.json || exit 9
cat <<'EOF'
`+answer+"\nEOF\n")}
	s, _ := run(t, o)
	if s.Verdict != gate.Failed {
		t.Fatalf("%s %s", s.Verdict, s.Error)
	}
	who := map[string]string{}
	for _, f := range s.Findings {
		who[f.Rule] = strings.Join(f.FoundBy, " ")
		if !strings.HasSuffix(f.Message, "found by "+strings.Join(f.FoundBy, ", ")) {
			t.Errorf("%s", f.Message)
		}
	}
	if who["CVE-2025-26519"] != "grype trivy" || who["CVE-2026-7777"] != "grype" || who["CVE-2025-9230"] != "trivy" || len(who) != 5 {
		t.Errorf("%v", who)
	}
}

func TestR34GrypeThatFails(t *testing.T) {
	img := store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64))
	for name, path := range map[string]string{
		"missing": "", "fails": program(t, "echo no database >&2; exit 1\n"), "says nothing": program(t, "exit 0\n"),
		"is another program": program(t, "echo '{}'\n"),
	} {
		for _, required := range []bool{false, true} {
			o := options(t, img)
			o.Grype = scan.Grype{Path: path, Required: required}
			s, _ := run(t, o)
			told := slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "no second opinion") })
			switch {
			case required && (s.Verdict != gate.Error || !strings.Contains(s.Error, "no second opinion")):
				t.Errorf("%s: %s %s", name, s.Verdict, s.Error)
			case !required && (s.Verdict != gate.Passed || told != (path != "")):
				t.Errorf("%s: %s %q", name, s.Verdict, s.Notes)
			}
		}
	}
}
