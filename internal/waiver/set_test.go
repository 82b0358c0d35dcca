package waiver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func on(path string) gate.Location { return gate.Location{Path: path, Range: gate.Range{Line: 2}} }

// vulnerable is a finding of an image of two platforms.
func vulnerable() (gate.Finding, []gate.Image) {
	image := gate.Image{Reference: "docker.io/library/shop:1.4", Digest: digest, Platforms: []gate.Platform{
		{Name: "linux/amd64", Digest: "sha256:" + strings.Repeat("b", 64)}, {Name: "linux/arm64", Digest: "sha256:" + strings.Repeat("c", 64)},
	}}
	return gate.Finding{
		Rule: "CVE-2024-1", Severity: gate.High, Location: on("Dockerfile"), Image: digest, Platforms: []string{"linux/amd64", "linux/arm64"},
		Packages: []gate.Package{{Name: "libcrypto3", Installed: "3.1.0"}, {Name: "libssl3", Installed: "3.1.0", Fixed: "3.1.4"}},
	}, []gate.Image{image}
}

func TestScopes(t *testing.T) {
	ssl, crypto := Package{Name: "libssl3", Version: "3.1.0"}, Package{Name: "libcrypto3", Version: "3.1.0"}
	amd64, arm64, other := "sha256:"+strings.Repeat("b", 64), "sha256:"+strings.Repeat("c", 64), "sha256:"+strings.Repeat("d", 64)
	for _, tc := range []struct {
		name   string
		scope  Waiver
		waived bool
		note   string
	}{
		{"the path", Waiver{Paths: []string{"Dockerfile"}}, true, ""},
		{"another path", Waiver{Paths: []string{"web/**"}}, false, ""},
		{"one of the paths", Waiver{Paths: []string{"web/**", "Dockerfile"}}, true, ""},
		{"the index", Waiver{Images: []string{digest}}, true, ""},
		{"another image", Waiver{Images: []string{other}}, false, ""},
		{"by name", Waiver{Images: []string{"shop@" + digest}}, true, ""},
		{"by its long name", Waiver{Images: []string{"index.docker.io/library/shop@" + digest}}, true, ""},
		{"by another name", Waiver{Images: []string{"ghcr.io/acme/shop@" + digest}}, false, ""},
		{"both platforms", Waiver{Images: []string{arm64, amd64}}, true, ""},
		{"one platform", Waiver{Images: []string{arm64}}, false, "is not enough for the finding at Dockerfile:2: it does not name linux/amd64"},
		{"both packages", Waiver{Packages: []Package{ssl, crypto}}, true, ""},
		{"one package", Waiver{Packages: []Package{ssl}}, false, "it does not name libcrypto3 3.1.0"},
		{"another version", Waiver{Packages: []Package{ssl, {Name: "libcrypto3", Version: "3.1.1"}}}, false, "libcrypto3 3.1.0"},
		{"an old version", Waiver{Packages: []Package{{Name: "libssl3", Version: "3.0.9"}}}, false, "it does not name libcrypto3 3.1.0, libssl3 3.1.0"},
		{"another package", Waiver{Packages: []Package{{Name: "zlib", Version: "3.1.0"}}}, false, ""},
		{"packages of the image", Waiver{Images: []string{digest}, Packages: []Package{ssl, crypto}}, true, ""},
		{"packages of another image", Waiver{Images: []string{other}, Packages: []Package{ssl, crypto}}, false, ""},
		{"packages of a platform", Waiver{Images: []string{amd64}, Packages: []Package{ssl, crypto}}, false, "linux/arm64"},
		{"the image at another path", Waiver{Paths: []string{"web/**"}, Images: []string{digest}}, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := good()
			w.Rule, w.Paths, w.Images, w.Packages = "CVE-2024-1", tc.scope.Paths, tc.scope.Images, tc.scope.Packages
			s := New(Options{Waivers: []Waiver{w}, Now: noon})
			f, images := vulnerable()
			given := s.Waive("scan", f, images)
			if (given != nil) != tc.waived {
				t.Fatalf("waived: %+v, want %v", given, tc.waived)
			}
			if given != nil && (given.Justification != w.Reason || given.Owner != w.Owner || given.Expires != w.Expires || given.Source != "w.yaml" || given.Line != 3) {
				t.Errorf("waived: %+v", given)
			}
			f.Rule = "CVE-2024-12"
			if s.Waive("scan", f, images) != nil {
				t.Error("another rule is waived as well")
			}
			s.Finished(gate.StageReport{Name: "scan", Verdict: gate.Error})
			res, err := s.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if notes := strings.Join(res.Notes, "\n"); notes != "" && tc.note == "" || !strings.Contains(notes, tc.note) {
				t.Errorf("notes are %q, want %q", notes, tc.note)
			}
		})
	}
}

func TestScopesOfWhatIsInNoImage(t *testing.T) {
	f := gate.Finding{Rule: "CVE-2024-1", Location: on("package-lock.json"), Packages: []gate.Package{{Name: "lodash", Installed: "4.17.20"}}}
	w := good()
	w.Rule, w.Paths, w.Packages = f.Rule, nil, []Package{{Name: "lodash", Version: "4.17.20"}}
	if New(Options{Waivers: []Waiver{w}, Now: noon}).Waive("scan", f, nil) == nil {
		t.Error("the package of a lock file is not waived")
	}
	w.Packages, w.Images = nil, []string{digest}
	if New(Options{Waivers: []Waiver{w}, Now: noon}).Waive("scan", f, nil) != nil {
		t.Error("a waiver of an image waives what is in none")
	}
	w.Images, w.Packages = nil, []Package{{Name: "lodash", Version: "4.17.20"}}
	if f.Packages = nil; New(Options{Waivers: []Waiver{w}, Now: noon}).Waive("scan", f, nil) != nil {
		t.Error("a waiver of a package waives what is about none")
	}
}

// TestR32UnusedWaivers holds that a waiver of nothing is noted, but only where
// the stage that would find something could check everything.
func TestR32UnusedWaivers(t *testing.T) {
	for _, tc := range []struct {
		name, rule string
		ran        map[string]gate.Verdict
		want       bool
	}{
		{"its stage passed", "DL3008", map[string]gate.Verdict{"dockerfile": gate.Passed}, true},
		{"its stage failed", "DL3008", map[string]gate.Verdict{"dockerfile": gate.Failed, "scan": gate.Error}, true},
		{"its stage could not finish", "DL3008", map[string]gate.Verdict{"dockerfile": gate.Error}, false},
		{"an import could not finish", "DL3008", map[string]gate.Verdict{"dockerfile": gate.Passed, "import": gate.Error}, false},
		{"an import as well", "DL3008", map[string]gate.Verdict{"dockerfile": gate.Passed, "import": gate.Failed}, true},
		{"its stage had nothing to check", "DL3008", map[string]gate.Verdict{"dockerfile": gate.Skipped}, false},
		{"another stage", "DL3008", map[string]gate.Verdict{"policy": gate.Passed}, false},
		{"policy", "PC1001", map[string]gate.Verdict{"policy": gate.Passed}, true},
		{"of Dockerfiles", "PC6001", map[string]gate.Verdict{"policy": gate.Passed}, false},
		{"of workflows", "PC7001", map[string]gate.Verdict{"policy": gate.Passed, "workflow": gate.Passed}, true},
		{"a vulnerability", "GHSA-x", map[string]gate.Verdict{"scan": gate.Passed}, true},
		{"an id of one's own", "TEAM-1", map[string]gate.Verdict{"policy": gate.Passed}, false},
		{"an id of one's own, all ran", "TEAM-1", map[string]gate.Verdict{"policy": gate.Passed, "dockerfile": gate.Passed, "scan": gate.Failed}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := good()
			w.Rule = tc.rule
			s := New(Options{Waivers: []Waiver{w}, Now: noon})
			for name, verdict := range tc.ran {
				s.Finished(gate.StageReport{Name: name, Verdict: verdict})
			}
			res, err := s.Run(t.Context())
			want := []string{"w.yaml:3:5: the waiver of " + tc.rule + " waives nothing: remove it if this stays so"}
			if !tc.want {
				want = nil
			}
			if err != nil || !slices.Equal(res.Notes, want) {
				t.Errorf("notes are %q, want %q; %v", res.Notes, want, err)
			}
		})
	}
}

func TestR32EndsSoon(t *testing.T) {
	for expires, want := range map[string]string{
		"2026-11-23": "w.yaml:3:5: the waiver of DL3008 ends today: @acme/platform decides again",
		"2026-11-24": "w.yaml:3:5: the waiver of DL3008 ends in 1 day, on 2026-11-24: @acme/platform decides again",
		"2026-12-07": "w.yaml:3:5: the waiver of DL3008 ends in 14 days, on 2026-12-07: @acme/platform decides again",
		"2026-12-08": "",
	} {
		w := good()
		w.Expires = expires
		s := New(Options{Waivers: []Waiver{w}, Now: noon})
		s.Waive("dockerfile", gate.Finding{Rule: "DL3008", Location: on("legacy/Dockerfile")}, nil)
		s.Finished(gate.StageReport{Name: "dockerfile", Verdict: gate.Passed})
		res, err := s.Run(t.Context())
		if err != nil || strings.Join(res.Notes, "\n") != want {
			t.Errorf("%s: %q, want %q; %v", expires, res.Notes, want, err)
		}
	}
}

func TestStageSaysNoMoreThanItKnows(t *testing.T) {
	w := good()
	for _, tc := range []struct {
		name    string
		options Options
		ran     gate.Verdict
		skip    string
		err     bool
	}{
		{"in order", Options{Waivers: []Waiver{w}}, gate.Passed, "", false},
		{"nothing was checked", Options{Waivers: []Waiver{w}}, gate.Skipped, "no stage checked anything", false},
		{"no waivers", Options{File: "w.yaml"}, gate.Passed, "w.yaml has no waivers", false},
		{"unreadable", Options{Err: errors.New("no")}, gate.Passed, "", true},
		{"wrong, and nothing was checked", Options{Waivers: []Waiver{{Rule: "A"}}}, gate.Skipped, "", true},
	} {
		tc.options.Now = noon
		s := New(tc.options)
		s.Finished(gate.StageReport{Name: "scan", Verdict: tc.ran})
		if res, err := s.Run(t.Context()); res.Skip != tc.skip || (err != nil) != tc.err {
			t.Errorf("%s: %q, %v", tc.name, res.Skip, err)
		}
	}
}

// found is a stage that finds what it is told to.
type found struct {
	name     string
	findings []gate.Finding
	skip     string
}

func (s found) Name() string { return s.name }
func (s found) Run(context.Context) (gate.Result, error) {
	return gate.Result{Checked: gate.Checked{Files: 1, Rules: 1}, Findings: s.findings, Skip: s.skip}, nil
}

// report runs a stage under waivers.
func report(stage found, waivers ...Waiver) gate.Report {
	s := New(Options{File: "w.yaml", Digest: digest, Waivers: waivers, Now: noon})
	return gate.Run(context.Background(), gate.Plan{
		Steps: []gate.Step{{Stage: stage}, {Stage: s}}, Threshold: gate.High, Waive: s.Waive, Finished: s.Finished,
		Now: func() time.Time { return noon },
	})
}

// TestTwins holds that where two rules say the same, both have to be waived.
func TestTwins(t *testing.T) {
	place := on("legacy/Dockerfile")
	stage := found{name: "dockerfile", findings: []gate.Finding{
		{Rule: "DL3020", Severity: gate.High, Location: place, Also: []string{"build/Add"}},
		{Rule: "build/Add", Severity: gate.High, Location: place, Also: []string{"DL3020"}},
	}}
	one, two := good(), good()
	one.Rule, two.Rule, two.At.Line = "DL3020", "build/Add", 9
	r := report(stage, one)
	if r.Verdict != gate.Failed || r.ExitCode != gate.ExitFailed {
		t.Errorf("with one of them waived: %s, %d", r.Verdict, r.ExitCode)
	}
	want := "w.yaml:3:5: the waiver of DL3020 is not enough for the finding at legacy/Dockerfile:2: build/Add says the same and is not waived"
	if notes := r.Stages[1].Notes; !slices.Equal(notes, []string{want}) {
		t.Errorf("notes are %q", notes)
	}
	folded := gate.Fold(r.Stages[0].Findings)
	if len(folded) != 1 || folded[0].Status != gate.New || folded[0].Rule != "build/Add" {
		t.Errorf("people see %+v", folded)
	}
	r = report(stage, one, two)
	if r.Verdict != gate.Passed || len(r.Stages[1].Notes) != 0 {
		t.Errorf("with both waived: %s, %q", r.Verdict, r.Stages[1].Notes)
	}
	if folded := gate.Fold(r.Stages[0].Findings); len(folded) != 1 || folded[0].Status != gate.Waived {
		t.Errorf("people see %+v", folded)
	}
}

// TestR15WaiversCheckNothing holds that a file in order opens no gate.
func TestR15WaiversCheckNothing(t *testing.T) {
	r := report(found{name: "dockerfile", skip: "no Dockerfile in the tree"}, good())
	if r.Verdict != gate.Error || r.ExitCode != gate.ExitIncomplete || r.Stages[1].Verdict != gate.Skipped {
		t.Errorf("%s, %d: %+v", r.Verdict, r.ExitCode, r.Stages)
	}
}

// TestR32AnErrorIsNoPass holds that a bad waiver beside a good one closes the
// gate, and that the good one still counts.
func TestR32AnErrorIsNoPass(t *testing.T) {
	bad := good()
	bad.Rule, bad.Expires = "DL3009", "2026-01-01"
	stage := found{name: "dockerfile", findings: []gate.Finding{{Rule: "DL3008", Severity: gate.High, Location: on("legacy/Dockerfile")}}}
	r := report(stage, good(), bad)
	if r.Verdict != gate.Error || r.ExitCode != gate.ExitIncomplete || r.Stages[0].Verdict != gate.Passed {
		t.Errorf("%s, %d: %+v", r.Verdict, r.ExitCode, r.Stages)
	}
	if f := r.Stages[0].Findings[0]; f.Status != gate.Waived || f.Waiver.Owner != "@acme/platform" {
		t.Errorf("%+v", f)
	}
	if w := r.Provenance.Waivers; w == nil || w.Source != "w.yaml" || w.Digest != digest {
		t.Errorf("provenance is %+v", w)
	}
}
