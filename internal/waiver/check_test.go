package waiver

import (
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// noon is when these tests play.
var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

var digest = "sha256:" + strings.Repeat("a", 64)

// good is a waiver in force on that day.
func good() Waiver {
	return Waiver{
		Rule: "DL3008", Paths: []string{"legacy/Dockerfile"}, Reason: "gone with 2.0", Owner: "@acme/platform", Expires: "2027-03-31",
		At:   gate.Location{Path: "w.yaml", Range: gate.Range{Line: 3, Column: 5}},
		Keys: map[string]gate.Range{"rule": {Line: 3, Column: 11}, "expires": {Line: 8, Column: 14}, "from": {Line: 7, Column: 11}, "paths": {Line: 4, Column: 12}},
	}
}

// TestR32 holds every clause of it: such a waiver has no effect and is an error
// with its place and what to do.
func TestR32WaiversWithoutEffect(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Waiver)
		want   string
	}{
		{"no rule", func(w *Waiver) { w.Rule = "" }, "w.yaml:3:5: the waiver has no rule"},
		{"any rule", func(w *Waiver) { w.Rule = "*" }, `w.yaml:3:11: the waiver of * names no rule: "*"`},
		{"a pattern of rules", func(w *Waiver) { w.Rule = "CVE-2024-*" }, `names no rule: "CVE-2024-*"`},
		{"two rules", func(w *Waiver) { w.Rule = "DL3008 DL3009" }, "names no rule"},
		{"mandatory", func(w *Waiver) { w.Rule = "DL3002" }, "w.yaml:3:11: the waiver of DL3002 is for a rule that dockerfile.mandatory lets nobody waive"},
		{"no scope", func(w *Waiver) { w.Paths = nil }, "w.yaml:3:5: the waiver of DL3008 has no scope"},
		{"an image without digest", func(w *Waiver) { w.Images = []string{"ghcr.io/acme/shop:1.4"} }, "names an image without its digest"},
		{"any image", func(w *Waiver) { w.Images = []string{"*@" + digest} }, "names an image without its digest"},
		{"a package without version", func(w *Waiver) { w.Packages = []Package{{Name: "openssl"}} }, `has no version of the package "openssl"`},
		{"any version", func(w *Waiver) { w.Packages = []Package{{Name: "openssl", Version: "3.*"}} }, `has no version of the package "openssl"`},
		{"a package URL without version", func(w *Waiver) { w.Packages = []Package{{PURL: "pkg:npm/@acme/a"}} }, `has no version of the package "pkg:npm/@acme/a"`},
		{"any version by package URL", func(w *Waiver) { w.Packages = []Package{{PURL: "pkg:npm/a@*"}} }, `has no version of the package "pkg:npm/a"`},
		{"no package URL", func(w *Waiver) { w.Packages = []Package{{PURL: "lodash@4.17.20"}} }, `names no package: "lodash"`},
		{"a package twice", func(w *Waiver) { w.Packages = []Package{{PURL: "pkg:npm/a@1", Name: "b"}} }, `names a package twice: "pkg:npm/a@1" and "b"`},
		{"any package", func(w *Waiver) { w.Packages = []Package{{Name: "*", Version: "1"}} }, `names no package: "*"`},
		{"no reason", func(w *Waiver) { w.Reason = " \n" }, "has no reason"},
		{"no owner", func(w *Waiver) { w.Owner = "" }, "has no owner"},
		{"no end", func(w *Waiver) { w.Expires = "" }, "w.yaml:3:5: the waiver of DL3008 never ends"},
		{"no date", func(w *Waiver) { w.Expires = "never" }, `w.yaml:8:14: the waiver of DL3008 has no date: "never"`},
		{"a day that is none", func(w *Waiver) { w.Expires = "2027-02-30" }, "has no date"},
		{"a time", func(w *Waiver) { w.Expires = "2027-02-20T10:00:00Z" }, "has no date"},
		{"a beginning that is none", func(w *Waiver) { w.From = "soon" }, "w.yaml:7:11: the waiver of DL3008 has no date"},
		{"expired", func(w *Waiver) { w.Expires = "2026-11-22" }, "w.yaml:8:14: the waiver of DL3008 expired 1 day ago, on 2026-11-22"},
		{"long expired", func(w *Waiver) { w.From, w.Expires = "2025-01-01", "2025-11-23" }, "expired 365 days ago, on 2025-11-23"},
		{"not yet valid", func(w *Waiver) { w.From = "2026-11-25" }, "w.yaml:7:11: the waiver of DL3008 is not valid before 2026-11-25, in 2 days"},
		{"the wrong way round", func(w *Waiver) { w.From = "2027-04-01" }, "ends before it begins"},
		{"too long", func(w *Waiver) { w.Expires = "2027-11-25" }, "lasts too long: until 2027-11-25, 367 days"},
		{"too long from its beginning", func(w *Waiver) { w.From = "2026-01-01" }, "lasts too long: until 2027-03-31, 454 days"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := good()
			tc.change(&w)
			s := New(Options{File: "w.yaml", Waivers: []Waiver{w}, Now: noon, Mandatory: []string{"DL3002"}})
			f := gate.Finding{Rule: w.Rule, Location: gate.Location{Path: "legacy/Dockerfile"}}
			if s.Waive("dockerfile", f, nil) != nil {
				t.Error("it has an effect")
			}
			_, err := s.Run(t.Context())
			failures := gate.Failures(err)
			if len(failures) != 1 || !strings.Contains(failures[0].String(), tc.want) || failures[0].Hint == "" {
				t.Errorf("failures are %+v\nwant one with a hint: %s", failures, tc.want)
			}
		})
	}
}

func TestR32OverBroadPaths(t *testing.T) {
	for pattern, narrow := range map[string]bool{
		"*": false, "**": false, "**/*": false, "./**": false, ".": false, "./": false, "": false, " ": false, "/": false, "/etc/**": false,
		"deploy/..": false, "deploy/../**": false, "{deploy,**}": false, "[a-z]*/**": false, "?*": false, "**/Dockerfile": false,
		"..": false, "../**": false, "../../*": false, `\*`: false, "d*": false, "deploy/[": false, "x{,/../**/}": false,
		"deploy": true, "deploy/": true, "deploy/**": true, "deploy/**/web.yaml": true, "Dockerfile": true, "./Dockerfile": true,
		"deploy/{a,b}.yaml": true, ".github/workflows/ci.yml": true, "../.github/workflows/ci.yml": true,
	} {
		w := good()
		w.Paths = []string{pattern}
		if faults := w.checkScope(); (faults[0].message == "") != narrow {
			t.Errorf("%q: narrow is %v, want %v: %q", pattern, !narrow, narrow, faults[0].message)
		}
	}
}

// FuzzR32Paths holds that a pattern that is let through covers files of one
// folder, or one file, at the root only.
func FuzzR32Paths(f *testing.F) {
	for _, seed := range []string{"**", "deploy/**", "{a,b}/*", "a/../**", `a\/b`, "[!a]", "x{,/../**/}", "../**"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if checkPath(pattern) != "" {
			return
		}
		w := Waiver{Paths: []string{pattern}}
		covered := 0
		for _, path := range []string{"a", "b/c", "deploy/web.yaml", "x/y/z", "Dockerfile"} {
			if w.covers(gate.Finding{Location: gate.Location{Path: path}}, nil).all {
				covered++
			}
		}
		if covered > 1 {
			t.Errorf("%q covers %d unrelated files", pattern, covered)
		}
	})
}

func TestR32WholeDaysInUTC(t *testing.T) {
	w := good()
	w.From, w.Expires = "2026-11-23", "2026-11-23"
	tokyo := time.FixedZone("JST", 9*60*60)
	for now, want := range map[time.Time]bool{
		time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC): false,
		time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC):    true,
		time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC): true,
		time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC):    false,
		time.Date(2026, 11, 24, 8, 59, 0, 0, tokyo):      true, // still the 23rd
		time.Date(2026, 11, 23, 8, 59, 0, 0, tokyo):      false,
	} {
		s := New(Options{Waivers: []Waiver{w}, Now: now})
		got := s.Waive("dockerfile", gate.Finding{Rule: "DL3008", Location: gate.Location{Path: "legacy/Dockerfile"}}, nil) != nil
		if got != want {
			t.Errorf("%s: in force is %v, want %v", now, got, want)
		}
	}
}

func TestR32Duplicates(t *testing.T) {
	first, second := good(), good()
	first.Paths, second.Paths = []string{"a", "b"}, []string{"b", "a"}
	second.At.Line, second.Keys, second.Reason = 20, nil, "another"
	s := New(Options{Waivers: []Waiver{first, second}, Now: noon})
	_, err := s.Run(t.Context())
	if err == nil || err.Error() != "w.yaml:20:5: the waiver of DL3008 is there twice: line 3 has it already" {
		t.Errorf("error is %v", err)
	}
}
