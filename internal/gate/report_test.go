package gate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// run returns the report of one stage that returns res and err.
func run(t *testing.T, res gate.Result, err error) gate.Report {
	t.Helper()
	return gate.Run(t.Context(), gate.Plan{
		Threshold: gate.High,
		Source:    func(path string, line int) string { return fmt.Sprintf("%s line %d", path, line) },
		Steps:     []gate.Step{{Stage: stage{name: "scan", run: func(context.Context) (gate.Result, error) { return res, err }}}},
	})
}

// TestR05 holds that a blocking finding closes each platform that it names and
// no other, and that a platform nobody decided is an error.
func TestR05PlatformVerdicts(t *testing.T) {
	image := gate.Image{Reference: "r", Digest: "sha256:1", Platforms: []gate.Platform{
		{Name: "linux/arm64", Verdict: gate.Passed}, {Name: "linux/amd64", Verdict: gate.Passed},
		{Name: "unknown/unknown", Verdict: gate.Skipped, Reason: "attestation"},
	}}
	f := finding(gate.Critical)
	f.Image, f.Platforms = "sha256:1", []string{"linux/arm64"}
	r := run(t, gate.Result{Checked: gate.Checked{Images: 2, Rules: 1}, Findings: []gate.Finding{f}, Images: []gate.Image{image}}, nil)
	var got []string
	for _, p := range r.Images[0].Platforms {
		got = append(got, p.Name+" "+p.Verdict.String())
	}
	if want := []string{"linux/amd64 passed", "linux/arm64 failed", "unknown/unknown skipped"}; !slices.Equal(got, want) {
		t.Errorf("platforms are %q, want %q", got, want)
	}
	image.Platforms[1] = gate.Platform{Name: "linux/riscv64", Reason: "no package database"}
	r = run(t, gate.Result{Checked: gate.Checked{Images: 1, Rules: 1}, Images: []gate.Image{image}}, nil)
	if want := "r: platform linux/riscv64 was not scanned: no package database"; r.Stages[0].Error != want || r.Verdict != gate.Error {
		t.Errorf("verdict %v, error %q", r.Verdict, r.Stages[0].Error)
	}
}

func TestFindingsAreNormalized(t *testing.T) {
	at := func(line int, message string) gate.Finding {
		f := finding(gate.Low)
		f.Line, f.Message = line, message
		return f
	}
	secret := at(9, "secret")
	secret.Sensitive = true
	r := run(t, gate.Result{Checked: checked, Findings: []gate.Finding{at(7, "m"), at(3, "m"), at(3, "m"), secret}}, nil)
	got := r.Findings()
	if len(got) != 3 || got[0].Line != 3 || got[1].Line != 7 {
		t.Fatalf("findings are %+v", got)
	}
	if got[0].Source != "a.yaml line 3" || got[2].Source != "" {
		t.Errorf("sources are %q and, for a secret, %q", got[0].Source, got[2].Source)
	}
	if got[0].Fingerprint == got[1].Fingerprint {
		t.Error("equal findings on two lines share a fingerprint")
	}
	moved := run(t, gate.Result{Checked: checked, Findings: []gate.Finding{at(13, "m"), at(17, "m")}}, nil).Findings()
	if moved[0].Fingerprint != got[0].Fingerprint || moved[1].Fingerprint != got[1].Fingerprint {
		t.Error("an edit above the findings changed their fingerprints")
	}
}

func TestBlocks(t *testing.T) {
	for _, tc := range []struct {
		severity, threshold gate.Severity
		want                bool
	}{
		{gate.High, gate.High, true}, {gate.Medium, gate.High, false}, {gate.Unknown, gate.High, true},
		{gate.Unknown, gate.Critical, false}, {gate.Critical, gate.Low, true}, {gate.High, gate.Unknown, true},
	} {
		if got := finding(tc.severity).Blocks(tc.threshold); got != tc.want {
			t.Errorf("%v at threshold %v: %v, want %v", tc.severity, tc.threshold, got, tc.want)
		}
	}
	waived := finding(gate.Critical)
	waived.Status = gate.Waived
	if waived.Blocks(gate.Low) {
		t.Error("a waived finding blocks")
	}
}

func TestFailures(t *testing.T) {
	cause := errors.New("bad indentation")
	at := gate.Location{Path: "a.yaml", Range: gate.Range{Line: 2, Column: 3}}
	check := &gate.CheckError{Location: at, Err: cause, Hint: "indent it"}
	got := gate.Failures(errors.Join(check, fmt.Errorf("rendering: %w", check), errors.Join(cause), &gate.Refusal{Reason: "no", Hint: "push"}))
	want := []gate.Failure{
		{Location: at, Message: "bad indentation", Hint: "indent it"},
		{Location: at, Message: "rendering: a.yaml:2:3: bad indentation", Hint: "indent it"},
		{Message: "bad indentation"},
		{Message: "no", Hint: "push"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("failures are\n%+v\nwant\n%+v", got, want)
	}
	two := fmt.Errorf("%w: %w", errors.New("wrong options"), &gate.CheckError{Err: cause, Hint: "look"})
	if got := gate.Failures(two); len(got) != 1 || got[0].Message != "wrong options: bad indentation" || got[0].Hint != "look" {
		t.Errorf("an error that wraps two is %+v", got)
	}
	if gate.Failures(nil) != nil {
		t.Error("no error has failures")
	}
}

func TestFold(t *testing.T) {
	a, b, c := finding(gate.High), finding(gate.High), finding(gate.High)
	a.Rule, a.Also = "DL3020", []string{"build/AddInstead"}
	b.Rule, b.Also = "build/AddInstead", []string{"DL3020"}
	c.Rule = "DL3000"
	got := gate.Fold([]gate.Finding{a, b, c})
	if len(got) != 2 || got[0].Rule != "DL3020" || got[1].Rule != "DL3000" {
		t.Errorf("folded are %+v", got)
	}
}

// TestRankedCopiesNothing holds that what is counted and printed are the
// findings of the report themselves, and that merging changes none of them.
func TestRankedCopiesNothing(t *testing.T) {
	a, b, c := finding(gate.Low), finding(gate.High), finding(gate.High)
	a.Rule, b.Rule, c.Rule = "A", "B", "B"
	c.Image, c.Platforms = "sha256:1", []string{"linux/amd64"}
	one, two := []gate.Finding{a}, []gate.Finding{b, c}
	got := gate.Ranked(one, two)
	if len(got) != 2 || got[1] != &one[0] {
		t.Fatalf("ranked are %+v", got)
	}
	if got[0] == &two[0] || got[0].Image != "sha256:1" || two[0].Image != "" {
		t.Errorf("merged is %+v, of %+v", got[0], two[0])
	}
	if alone := gate.Ranked(one, two[:1]); alone[0] != &two[0] || alone[1] != &one[0] {
		t.Errorf("ranked are %+v", alone)
	}
}

// TestR58 holds that a report survives its JSON form unchanged.
func TestR58ReportRoundTrip(t *testing.T) {
	f := finding(gate.Unknown)
	f.Precision, f.Status, f.Fix = gate.Inferred, gate.Existing, &gate.Fix{Path: "a", StartLine: 1, EndLine: 2, Replacement: "x"}
	want := run(t, gate.Result{Checked: checked, Findings: []gate.Finding{f}, Notes: []string{"n"}}, nil)
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got gate.Report
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	for _, bad := range []string{`{"verdict":"green"}`, `{"threshold":"none"}`, `{"stages":[{"findings":[{"status":"old"}]}]}`} {
		if err := json.Unmarshal([]byte(bad), new(gate.Report)); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}

func TestNamesOfEnumerations(t *testing.T) {
	for _, s := range gate.Severities() {
		if got, err := gate.ParseSeverity(s.String()); err != nil || got != s {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
	if got := gate.Severity(99).String(); got != "invalid(99)" {
		t.Errorf("an invalid severity prints as %q", got)
	}
}
