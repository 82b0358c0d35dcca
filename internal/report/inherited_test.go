package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// What a base image brings is one line for people, and each finding counts; other
// programs get each.
func TestBaseImageIsOneLineForPeople(t *testing.T) {
	s := gate.StageReport{Name: "scan", Verdict: gate.Failed}
	for i := range 30 {
		rule := fmt.Sprintf("CVE-2026-%04d", i)
		s.Findings = append(s.Findings, gate.Finding{
			Rule: rule, Severity: gate.High, Title: rule, Message: "musl 1 has " + rule, Inherited: true, Image: "sha256:1",
			Location: gate.Location{Path: "Dockerfile", Range: gate.Range{Line: 1}, Object: "musl 1"}, Packages: []gate.Package{{Name: "musl", Installed: "1"}},
		})
	}
	r := gate.Report{Schema: gate.Schema, Verdict: gate.Failed, ExitCode: 1, Threshold: gate.High, Stages: []gate.StageReport{s}}
	for format, want := range map[string]int{"text": 1, "markdown": 1, "github": 1, "json": 30, "sarif": 30} {
		write, err := For(format)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := write(&out, r, Options{Annotations: true}); err != nil {
			t.Fatal(err)
		}
		named := 0
		for i := range 30 {
			if strings.Contains(out.String(), fmt.Sprintf("musl 1 has CVE-2026-%04d", i)) {
				named++
			}
		}
		if named != want {
			t.Errorf("%s names %d, want %d:\n%s", format, named, want, out.String())
		}
		if format == "text" && !strings.Contains(out.String(), "30 findings close the gate") {
			t.Error(out.String())
		}
	}
}
