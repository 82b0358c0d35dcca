package config_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/waiver"
)

const waivers = `version: 1
waivers:
  - rule: CVE-2024-1234
    paths: ["deploy/legacy/**"]
    packages: [{name: openssl, version: 3.0.1}, {name: zlib, version: 1.2}, {purl: "pkg:npm/a@1"}]
    images: [sha256:0]
    reason: gone with 2.0
    owner: "@acme/platform"
    from: 2026-01-01
    expires: 2026-12-31
  - {rule: DL3008}
`

func TestParseWaivers(t *testing.T) {
	got, err := config.ParseWaivers("w.yaml", []byte(waivers))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("%d waivers, want 2", len(got))
	}
	if at := got[0].Keys["expires"]; at.Line != 10 || at.Column != 14 || len(got[0].Keys) != 8 {
		t.Errorf("keys are at %+v", got[0].Keys)
	}
	got[0].Keys = nil
	want := waiver.Waiver{
		Rule: "CVE-2024-1234", Paths: []string{"deploy/legacy/**"}, Images: []string{"sha256:0"},
		Packages: []waiver.Package{{Name: "openssl", Version: "3.0.1"}, {Name: "zlib", Version: "1.2"}, {PURL: "pkg:npm/a@1"}},
		Reason:   "gone with 2.0", Owner: "@acme/platform", From: "2026-01-01", Expires: "2026-12-31",
		At: gate.Location{Path: "w.yaml", Range: gate.Range{Line: 3, Column: 5}},
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got\n%+v\nwant\n%+v", got[0], want)
	}
	if got[1].Rule != "DL3008" || got[1].At.Line != 11 {
		t.Errorf("the second is %+v", got[1])
	}
	for _, empty := range []string{"", "# nothing\n", "version: 1\n", "version: 1\nwaivers:\n", "version: 1\nwaivers: []\n"} {
		if got, err := config.ParseWaivers("w.yaml", []byte(empty)); err != nil || len(got) != 0 {
			t.Errorf("%q: %+v, %v", empty, got, err)
		}
	}
}

func TestR32UnparsableWaivers(t *testing.T) {
	for _, tc := range []struct{ name, file, want string }{
		{"syntax", "version: 1\nwaivers: [\n", "w.yaml:2: did not find expected node content"},
		{"unknown key", "version: 1\nwaivers:\n  - rule: A\n    until: 2026-01-01\n", `w.yaml:4:5: waivers: unknown key "until"`},
		{"unknown key of the file", "version: 1\nignore: []\n", `w.yaml:2:1: unknown key "ignore"`},
		{"no version", "waivers: [{rule: A}]\n", "w.yaml: version: want 1"},
		{"another version", "version: 2\n", "w.yaml:1:10: version: want 1"},
		{"no list", "version: 1\nwaivers: {rule: A}\n", "w.yaml:2:10: waivers: want a list, not keys and values"},
		{"no mapping", "version: 1\nwaivers: [DL3008]\n", `w.yaml:2:11: waivers: want keys and values, not the value "DL3008"`},
		{"an empty item", "version: 1\nwaivers:\n  -\n  - {rule: A}\n", "w.yaml:3:4: waivers: an item says nothing"},
		{"several rules", "version: 1\nwaivers: [{rule: [A, B]}]\n", "w.yaml:2:18: waivers.rule: want one value, not a list"},
		{"one path", "version: 1\nwaivers: [{rule: A, paths: deploy}]\n", `w.yaml:2:28: waivers.paths: want a list, not the value "deploy"`},
		{"a package by name", "version: 1\nwaivers: [{packages: [openssl]}]\n", `w.yaml:2:23: waivers.packages: want keys and values, not the value "openssl"`},
		{"a key twice", "version: 1\nwaivers: [{rule: A, rule: B}]\n", `w.yaml:2:21: waivers: key "rule" is there twice`},
		{"an alias", "version: 1\nwaivers: [&a {rule: A}, *a]\n", "w.yaml:2:25: waivers: aliases are not supported"},
		{"a merge key", "version: 1\nwaivers: [{<<: {rule: A}}]\n", `w.yaml:2:12: waivers: unknown key "<<"`},
		{"two documents", "version: 1\n---\nversion: 1\n", "w.yaml:2:1: more than one YAML document"},
		{"a list", "- rule: A\n", "w.yaml:1:1: want keys and values, not a list"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := config.ParseWaivers("w.yaml", []byte(tc.file))
			var e *config.Error
			if !errors.As(err, &e) || got != nil {
				t.Fatalf("got %+v and %v, want a *config.Error", got, err)
			}
			if err.Error() != tc.want {
				t.Errorf("error is\n%v\nwant\n%s", err, tc.want)
			}
		})
	}
}

// FuzzParseWaivers holds that no file makes the reader crash, and that every
// waiver that it returns says where it stands.
func FuzzParseWaivers(f *testing.F) {
	f.Add(waivers)
	f.Add("version: 1\nwaivers:\n  -\n  - {rule: A}\n")
	f.Add("version: 1\nwaivers: [!!map {}, {rule: !!str 1}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := config.ParseWaivers("w.yaml", []byte(text))
		if err != nil {
			var e *config.Error
			if !errors.As(err, &e) || len(e.Failures) == 0 || all != nil {
				t.Errorf("%+v, %#v", all, err)
			}
			return
		}
		for _, w := range all {
			if w.At.Path != "w.yaml" || w.At.Line < 1 || w.At.Column < 1 {
				t.Errorf("%+v says not where it stands", w)
			}
		}
	})
}
