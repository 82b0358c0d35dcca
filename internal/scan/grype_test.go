package scan_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

// recordedGrype is what Grype 0.121.2 printed of the SBOM of the example's image, with the database of
// e2e/testdata/grype.json. make e2e compares it with what Grype prints now.
const recordedGrype = "testdata/grype.json"

// program writes a script that stands where Grype would be.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grype")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// printing is a script that prints what Grype printed once, after a change.
func printing(t *testing.T, change func(report map[string]any)) string {
	t.Helper()
	var report map[string]any
	if err := json.Unmarshal(read(t, recordedGrype), &report); err != nil {
		t.Fatal(err)
	}
	change(report)
	out, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "out.json")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return "cat '" + file + "'\n"
}

func unchanged(map[string]any) {}

// shopImage is the example's image, for amd64.
func shopImage(t *testing.T) string {
	t.Helper()
	img, err := image.FromFS(images.Shop(), amd64, now)
	if err != nil {
		t.Fatal(err)
	}
	return store(t, img)
}

func TestR46SecondOpinionOfGrype(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "canary")
	t.Setenv("GRYPE_IGNORE", "canary")
	o := options(t, shopImage(t))
	o.Grype = scan.Grype{Required: true, Database: "/grype/db", Env: []string{"HTTPS_PROXY=http://proxy:1"}, Path: program(t, `
[ "$*" = "sbom:bom.cdx.json -o json --add-cpes-if-none" ] || exit 7
[ -z "$GITHUB_TOKEN$GRYPE_IGNORE" ] && [ "$HOME" = "$PWD" ] && [ "$HTTPS_PROXY" = http://proxy:1 ] || exit 8
[ "$GRYPE_DB_AUTO_UPDATE$GRYPE_CHECK_FOR_APP_UPDATE$GRYPE_EXTERNAL_SOURCES_ENABLE" = falsefalsefalse ] || exit 9
[ "$GRYPE_DB_CACHE_DIR $GRYPE_DB_MAX_ALLOWED_BUILT_AGE" = "/grype/db 48h0m0s" ] || exit 10
grep -q '"bomFormat": *"CycloneDX"' bom.cdx.json && grep -q musl bom.cdx.json || exit 11
`+printing(t, unchanged))}
	s, _ := run(t, o)
	if s.Verdict != gate.Failed || s.Error != "" {
		t.Fatalf("%s %s", s.Verdict, s.Error)
	}
	if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "second opinion of grype with its database of 2026-") {
		t.Errorf("%q", s.Notes)
	}
	for _, f := range s.Findings {
		if !strings.HasSuffix(f.Message, "found by "+strings.Join(f.FoundBy, ", ")) {
			t.Errorf("%s", f.Message)
		}
	}
	golden(t, "grype.findings.json", s.Findings)
}

// The SBOM has what Grype recognises packages by: the distribution and the source package.
func TestR17SBOMTellsDistributionAndSource(t *testing.T) {
	_, files := described(t, shopImage(t), scan.CycloneDX)
	for _, want := range []string{"pkg:apk/alpine/libssl3@3.5.2-r0?arch=x86_64&distro=alpine-3.22.1&upstream=openssl", "pkg:npm/lodash@4.17.20"} {
		if !strings.Contains(string(files["linux/amd64"]), `"purl": "`+want+`"`) {
			t.Errorf("no %s in\n%s", want, files["linux/amd64"])
		}
	}
	validCycloneDX(t, files["linux/amd64"])
}

func TestR34GrypeThatFails(t *testing.T) {
	img := shopImage(t)
	database := func(report map[string]any) map[string]any {
		return report["descriptor"].(map[string]any)["db"].(map[string]any)
	}
	for name, script := range map[string]string{
		"grype is not installed":                         "",
		"no database":                                    "echo '[0000] ERROR no database' >&2; exit 1\n",
		"signal: killed":                                 printing(t, unchanged) + "kill -9 $$\n",
		"parsing the output of grype":                    "exit 0\n",
		"it is not a report of grype":                    "echo '{}'\n",
		"parsing the output of grype: invalid character": "echo '{\"matches\": [{\"vuln'\n",
		"grype warns: matcher returned error error=no such table: blobs": "echo '[0000]  WARN matcher returned error error=no such table: blobs' >&2\n" + printing(t, unchanged),
		"more than can be read":                            "i=0; while [ $i -lt 100 ]; do echo '[0000]  WARN unable to check for vulnerability database update' >&2; i=$((i+1)); done\n" + printing(t, unchanged),
		"does not know the operating system alpine 3.22.1": printing(t, func(r map[string]any) { delete(r, "distro") }),
		"no advisories from alpine, for alpine packages":   printing(t, func(r map[string]any) { delete(database(r)["providers"].(map[string]any), "alpine") }),
		"no advisories from github, for node-pkg packages": printing(t, func(r map[string]any) { delete(database(r)["providers"].(map[string]any), "github") }),
		"does not say that its database is valid":          printing(t, func(r map[string]any) { delete(database(r), "status") }),
	} {
		path := ""
		if script != "" {
			path = program(t, script)
		}
		for _, required := range []bool{false, true} {
			o := options(t, img)
			o.Grype = scan.Grype{Path: path, Required: required}
			s, _ := run(t, o)
			told := slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "no second opinion") && strings.Contains(n, name) })
			switch {
			case required && (s.Verdict != gate.Error || !strings.Contains(s.Error, "no second opinion") || !strings.Contains(s.Error, name)):
				t.Errorf("%s: %s %s", name, s.Verdict, s.Error)
			case !required && (s.Verdict != gate.Failed || told != (path != "")):
				t.Errorf("%s: %s %q", name, s.Verdict, s.Notes)
			}
		}
	}
}

// What Grype says beside is a note, if its answer is whole all the same.
func TestGrypeHarmlessWarnings(t *testing.T) {
	o := options(t, shopImage(t))
	o.Grype = scan.Grype{Required: true, Path: program(t, "echo '[0000]  WARN error updating db error=offline' >&2\necho '2 packages from EOL distro' >&2\n"+
		printing(t, func(r map[string]any) {
			r["matches"].([]any)[0].(map[string]any)["artifact"] = map[string]any{"name": "absent", "version": "1"}
		}))}
	s, _ := run(t, o)
	notes := strings.Join(s.Notes, "\n")
	for _, want := range []string{"grype: error updating db error=offline", "grype: 2 packages from EOL distro", "in absent 1, which is no package of this image"} {
		if s.Error != "" || !strings.Contains(notes, want) {
			t.Errorf("no %q in %s%s", want, s.Error, notes)
		}
	}
}

func TestGrypeThatMustNotBeAsked(t *testing.T) {
	o := options(t, shopImage(t))
	o.Grype = scan.Grype{Required: true, Refused: os.ErrPermission, Path: program(t, printing(t, unchanged))}
	if s, _ := run(t, o); s.Verdict != gate.Error || !strings.Contains(s.Error, os.ErrPermission.Error()) {
		t.Errorf("%s %s", s.Verdict, s.Error)
	}
}
