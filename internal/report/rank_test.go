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

// GitHub shows the pull request's own commit: there the lines are two further up,
// and it has no line 1 and 2 of these.
func TestPlacesAreThoseThatGitHubShows(t *testing.T) {
	o := Options{Server: "https://github.com", HeadLine: func(_ string, line int) int {
		if line == 9 {
			return 20 // moved elsewhere
		}
		if line == 12 {
			return 0 // changed since
		}
		return max(line-2, 0)
	}}
	for _, tt := range []struct{ at, want gate.Range }{
		{at: gate.Range{Line: 5, Column: 2, EndLine: 5, EndColumn: 4}, want: gate.Range{Line: 3, Column: 2, EndLine: 3, EndColumn: 4}},
		{at: gate.Range{Line: 5, EndLine: 7}, want: gate.Range{Line: 3, EndLine: 5}},
		{at: gate.Range{Line: 5, Column: 2, EndLine: 9, EndColumn: 3}, want: gate.Range{Line: 3}},
		{at: gate.Range{Line: 2, Column: 2}, want: gate.Range{}},
		{at: gate.Range{Line: 12, Column: 2}, want: gate.Range{Line: 10}},
		{at: gate.Range{}, want: gate.Range{}},
	} {
		f := found("PC1", 1, gate.High)
		f.Range = tt.at
		r := placed(f)
		r.Context = gate.Context{Repository: "acme/shop", SHA: strings.Repeat("a", 40)}
		want := tt.want
		if got := Annotations(r, o)[0].Range; got.Line != want.Line || got.Column != want.Column || got.EndColumn != want.EndColumn {
			t.Errorf("%+v: %+v, want %+v", tt.at, got, want)
		}
		o.Annotations = true
		if a := runner.Read(render(t, "github", r, o)).Annotations[0]; a.Line != want.Line {
			t.Errorf("%+v: the runner keeps line %d, want %d", tt.at, a.Line, want.Line)
		}
		link := o.permalink(r.Context, r.Stages[0].Findings[0].Location)
		if _, fragment, _ := strings.Cut(link, "#"); want.Line > 0 && !strings.HasPrefix(fragment, fmt.Sprintf("L%d", want.Line)) || want.Line == 0 && fragment != "" {
			t.Errorf("%+v: %s", tt.at, link)
		}
	}
}
