package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github/runner"
)

// placed is a report with these findings.
func placed(findings ...gate.Finding) gate.Report {
	return gate.Report{Verdict: gate.Failed, ExitCode: 1, Threshold: gate.High, Stages: []gate.StageReport{
		{Name: "policy", Verdict: gate.Failed, Findings: findings},
	}}
}

func found(rule string, line int, s gate.Severity) gate.Finding {
	return gate.Finding{
		Rule: rule, Severity: s, Title: "title", Message: "message",
		Location: gate.Location{Path: "a.yaml", Range: gate.Range{Line: line}},
	}
}

func TestAnnotationsThatHelpComeFirst(t *testing.T) {
	known, fixable, onLine := found("known", 1, gate.Critical), found("fixable", 2, gate.High), found("changed", 9, gate.High)
	known.Status = gate.Existing
	fixable.Packages = []gate.Package{{Name: "a", Installed: "1", Fixed: "2"}}
	r := placed(known, found("plain", 3, gate.High), fixable, found("worse", 4, gate.Critical), onLine, found("warning", 9, gate.Medium))
	o := Options{Annotations: true, Changed: func(path string, first, last int) bool { return path == "a.yaml" && first <= 9 && last >= 9 }}
	var got []string
	for _, a := range Annotations(r, o) {
		got = append(got, strings.Fields(a.Title)[1])
	}
	if want := "changed: worse: fixable: plain: known: warning:"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if step := runner.Read(render(t, "github", r, o)); !strings.Contains(step.Annotations[0].Title, "changed") {
		t.Errorf("first command: %+v", step.Annotations[0])
	}
}

func TestWhatIsAtOneLineIsOneAnnotation(t *testing.T) {
	var findings []gate.Finding
	for i := range 40 {
		f := found(fmt.Sprintf("CVE-2026-%04d", i), 1, gate.High)
		f.Image = "sha256:1"
		findings = append(findings, f)
	}
	for range 3 {
		findings = append(findings, found("PC1001", 5, gate.High))
	}
	findings = append(findings, found("PC1002", 5, gate.High), found("PC1001", 5, gate.Low))
	all := Annotations(placed(findings...), Options{})
	var titles []string
	for _, a := range all {
		titles = append(titles, a.Level+" "+a.Title)
	}
	want := "error high CVE-2026-0000, and 39 more here: title|error high PC1001, and 2 more here: title|error high PC1002: title|notice low PC1001: title"
	if got := strings.Join(titles, "|"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if !strings.HasSuffix(all[0].Message, "CVE-2026-0038, CVE-2026-0039") || !strings.HasSuffix(all[1].Message, "And 2 more here") {
		t.Errorf("%q\n%q", all[0].Message, all[1].Message)
	}
}

func TestSuggestionMarkersKnowEverySuggestion(t *testing.T) {
	r := fixable(50)
	known := map[string]bool{}
	for _, m := range SuggestionMarkers(r) {
		known[m] = true
	}
	some := Suggestions(r, Options{}, func(string, int, int) bool { return true })
	for _, s := range some {
		if !known[s.Marker] {
			t.Errorf("%s is not among the markers", s.Marker)
		}
	}
	if len(some) != 30 || len(known) != 50 {
		t.Errorf("%d suggestions, %d markers", len(some), len(known))
	}
}
