package dockerfile

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const fixtures = "../../testdata/dockerfile"

// lintText returns the findings of one rule on a Dockerfile, one a line.
func lintText(t *testing.T, id, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, name, text)
	if id == "build/CopyIgnoredFile" {
		write(t, dir, ".dockerignore", "secret*\n/build/\n")
	}
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	o := Options{Tree: tree, Files: []string{name}}
	if registry[id].off {
		o.Severity = map[string]gate.Severity{id: registry[id].Severity}
	}
	if id == shellRule.ID {
		o.ShellCheck, o.ShellCheckPath = "required", shellCheckPath(t)
	}
	o.Now = func() time.Time { return time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC) }
	configure(&o, id)
	res, err := New(o).Run(context.Background())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var b strings.Builder
	for _, f := range res.Findings {
		if f.Rule == id || id == shellRule.ID && strings.HasPrefix(f.Rule, id) {
			fmt.Fprintf(&b, "%s: %s: %s [%s]\n", f.Location, f.Severity, f.Message, f.Rule)
		}
	}
	return b.String()
}

// shellCheckPath returns where ShellCheck is installed; without it there is
// nothing to test.
func shellCheckPath(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("shellcheck is not installed")
	}
	return path
}

// configure sets what the rules that need a configuration look at.
func configure(o *Options, id string) {
	const prefix = "org.opencontainers.image."
	switch id {
	case "PC6012":
		o.Base = func(string) ([]byte, error) { return []byte("FROM scratch\n"), nil }
	case "DL3026":
		o.TrustedRegistries = []string{"registry.example.com"}
	case "DL3049":
		o.Labels = map[string]string{prefix + "title": "text"}
	case "DL3050":
		o.StrictLabels = true
		fallthrough
	case "DL3051", "DL3052", "DL3053", "DL3054", "DL3055", "DL3056", "DL3058":
		o.Labels = map[string]string{
			prefix + "title": "text", prefix + "source": "url", prefix + "created": "rfc3339", prefix + "licenses": "spdx",
			prefix + "revision": "hash", prefix + "version": "semver", "maintainer": "email",
		}
	}
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFixtures runs each rule on its fixtures: fail*.Dockerfile gives exactly
// the findings of the .out file beside it, pass*.Dockerfile none.
func TestFixtures(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) {
			for _, path := range glob(t, r.ID, "fail*.Dockerfile") {
				got := lintText(t, r.ID, filepath.Base(path), read(t, path))
				golden := strings.TrimSuffix(path, ".Dockerfile") + ".out"
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if want := read(t, golden); got != want || got == "" {
					t.Errorf("%s: got\n%swant\n%s", path, got, want)
				}
			}
			for _, path := range glob(t, r.ID, "pass*.Dockerfile") {
				if got := lintText(t, r.ID, filepath.Base(path), read(t, path)); got != "" {
					t.Errorf("%s: got\n%swant nothing", path, got)
				}
			}
		})
	}
}

// glob returns the fixtures of a rule; there has to be one.
func glob(t *testing.T, id, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(fixtures, filepath.FromSlash(id), pattern))
	if err != nil || len(paths) == 0 {
		t.Errorf("%s has no fixture %s (%v)", id, pattern, err)
	}
	return paths
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFixturesBelongToRules finds folders that no rule reads any more.
func TestFixturesBelongToRules(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(fixtures, "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range paths {
		id := filepath.Base(path)
		if _, ok := registry[id]; !ok && id != shellRule.ID && id != "build" && id[0] != '.' {
			t.Errorf("%s belongs to no rule", path)
		}
	}
}

func TestRulesAreDocumented(t *testing.T) {
	for i, r := range Rules() {
		if i > 0 && Rules()[i-1].ID >= r.ID {
			t.Errorf("%s is out of order", r.ID)
		}
		for field, value := range map[string]string{
			"id": r.ID, "title": r.Title, "why": r.Why, "bad": r.Bad, "good": r.Good,
			"remediation": r.Remediation, "url": r.URL, "controls": strings.Join(r.Controls, ","),
		} {
			if strings.TrimSpace(value) == "" {
				t.Errorf("%s has no %s", r.ID, field)
			}
		}
		if r.Severity == gate.Unknown || r.Layer != gate.Container || r.Stage != Name || r.ID != shellRule.ID && registry[r.ID].check == nil {
			t.Errorf("%s has severity %v, layer %q, stage %q", r.ID, r.Severity, r.Layer, r.Stage)
		}
		if strings.HasSuffix(r.Title, ".") || strings.HasSuffix(r.Remediation, ".") {
			t.Errorf("%s ends in a full stop", r.ID)
		}
		if strings.HasPrefix(r.ID, "DL") && r.URL != "https://github.com/hadolint/hadolint/wiki/"+r.ID {
			t.Errorf("%s points to %s", r.ID, r.URL)
		}
	}
}

// TestExamples checks the examples that the documentation shows: each rule
// finds its bad one and not its good one, which is a Dockerfile that builds.
func TestExamples(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) { testExamples(t, r) })
	}
}

func testExamples(t *testing.T, r gate.Rule) {
	if lintText(t, r.ID, "bad.Dockerfile", r.Bad) == "" {
		t.Errorf("%s does not find its bad example", r.ID)
	}
	if got := lintText(t, r.ID, "good.Dockerfile", r.Good); got != "" {
		t.Errorf("%s finds its good example: %s", r.ID, got)
	}
	if got := lintText(t, "build/ParseError", "good.Dockerfile", r.Good); got != "" {
		t.Errorf("%s has a good example that does not parse: %s", r.ID, got)
	}
}
