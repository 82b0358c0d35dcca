package dockerfile

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// buildkitDir returns a folder of BuildKit's module, which the go tool has.
func buildkitDir(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/moby/buildkit").Output()
	root := strings.TrimSpace(string(out))
	if err != nil || root == "" {
		t.Skipf("the source of BuildKit is not here: %v", err)
	}
	return filepath.Join(root, filepath.FromSlash(dir))
}

// TestBuildKitChecks runs the cases by which BuildKit tests its own checks: they
// are read from the source of its module and not kept here.
func TestBuildKitChecks(t *testing.T) {
	cases, remote := lintCases(t, filepath.Join(buildkitDir(t, "frontend/dockerfile"), "dockerfile_check_test.go"))
	if len(cases) < 50 {
		t.Fatalf("%d cases: BuildKit's test was not understood", len(cases))
	}
	failed, warnings := 0, 0
	for _, c := range cases {
		got, want := c.found(t), c.want
		warnings += len(want)
		if !slices.Equal(got, want) {
			failed++
			t.Errorf("%s, line %d:\n%s\ngot  %q\nwant %q", c.test, c.line, c.dockerfile, got, want)
		}
	}
	t.Logf("%d of BuildKit's %d cases, with %d warnings, agree; %d that need a registry are left out",
		len(cases)-failed, len(cases), warnings, remote)
}

// found returns what the build checks find in a case, as c.want has it.
func (c lintCase) found(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "Dockerfile", c.dockerfile)
	if c.ignore != "" {
		write(t, dir, ".dockerignore", c.ignore)
	}
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	res, err := New(Options{Tree: tree}).Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	refused := 0
	for _, f := range res.Findings {
		name, docker := strings.CutPrefix(f.Rule, "build/")
		if name == "NoEmptyContinuation" {
			f.Line++ // BuildKit names the line after the empty one
		}
		switch {
		case !docker || name == "ScriptError":
		case name == "ParseError":
			refused = f.Line
		case c.lines:
			found = append(found, fmt.Sprintf("%s:%d: %s", name, f.Line, f.Message))
		default:
			found = append(found, name+": "+f.Message)
		}
		if registry[f.Rule].docker && f.URL != linterURL(name) {
			t.Errorf("%s points to %s", f.Rule, f.URL)
		}
	}
	if c.refused != refused {
		t.Errorf("%s, line %d: refused in line %d, want %d", c.test, c.line, refused, c.refused)
	}
	slices.Sort(found)
	return found
}

// linterURL is where Docker documents a check.
func linterURL(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := r >= 'A' && r <= 'Z'
		next := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
		before := i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z'
		if upper && i > 0 && (next || before) {
			b.WriteByte('-')
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return "https://docs.docker.com/go/dockerfile/rule/" + b.String() + "/"
}

// TestBuildKitParserFiles reads the Dockerfiles by which BuildKit tests its
// parser: what it takes is no fault of the parser here, what it refuses is one.
func TestBuildKitParserFiles(t *testing.T) {
	dir := buildkitDir(t, "frontend/dockerfile/parser")
	for folder, want := range map[string]bool{"testfiles": false, "testfiles-negative": true} {
		paths, err := filepath.Glob(filepath.Join(dir, folder, "*", "Dockerfile"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(paths), err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := syntax.Parse(b)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			parser := slices.ContainsFunc(f.Faults, func(x syntax.Fault) bool { return !x.Script && x.In == nil })
			if refused := parser || len(f.Instructions) == 0; refused != want {
				t.Errorf("%s: refused is %t, want %t: %v", path, refused, want, f.Faults)
			}
			for _, in := range f.Instructions {
				if at := f.Range(in.Span); at.Line < 1 || at.Compare(gate.Range{}) <= 0 {
					t.Errorf("%s: %s is at %v", path, in.Keyword, at)
				}
			}
		}
		t.Logf("%s: %d files", folder, len(paths))
	}
}
