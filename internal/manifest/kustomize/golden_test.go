package kustomize

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// storefront is the example project with overlays.
const storefront = "../../../testdata/projects/storefront"

func open(t *testing.T, dir string) *workspace.Tree {
	t.Helper()
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

// write makes a workspace of files.
func write(t *testing.T, files map[string]string) *workspace.Tree {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, dir)
}

// TestLines shows, for each line of the example overlays, where its key and its
// value come from: read it beside the files.
func TestLines(t *testing.T) {
	rendered, err := New()(t.Context(), open(t, storefront), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, text := range rendered.Texts {
		fmt.Fprintf(&b, "# %s\n", text.Path)
		place := func(line, column int) string {
			at := text.Trace(gate.Range{Line: line, Column: column, EndLine: line, EndColumn: column + 1})
			return fmt.Sprintf("%-8s %-38s", at.Precision, fmt.Sprintf("%s:%d:%d", strings.TrimPrefix(at.Path, "deploy/"), at.Line, at.Column))
		}
		for i, line := range strings.Split(string(text.Data), "\n") {
			key := len(line) - len(strings.TrimLeft(line, " -"))
			if key == len(line) {
				continue
			}
			value := ""
			if j := strings.Index(line, ": "); j > 0 {
				value = place(i+1, j+3)
			}
			fmt.Fprintf(&b, "%-44s | %s | %s\n", line, place(i+1, key+1), value)
		}
	}
	golden(t, "testdata/lines.golden", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s", name, got)
	}
}

// upstream renders a folder of the disk with Kustomize as its command does.
func upstream(t *testing.T, dir string) ([]byte, error) {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}

// TestSameAsKustomize holds that what is checked is what Kustomize makes.
func TestSameAsKustomize(t *testing.T) {
	rendered, err := New()(t.Context(), open(t, storefront), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range rendered.Texts {
		want, err := upstream(t, filepath.Join(storefront, filepath.Dir(text.File)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text.Data, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", text.Path, text.Data, want)
		}
	}
}

// TestSameAsKustomizeElsewhere holds the same of the kustomizations that modules
// in the module cache ship.
func TestSameAsKustomizeElsewhere(t *testing.T) {
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Skip("no go tool")
	}
	same := 0
	for _, module := range []string{
		"github.com/open-policy-agent/gatekeeper/v3@*/config", "github.com/open-policy-agent/conftest@*/examples/kustomize",
		"github.com/open-policy-agent/frameworks/constraint@*", "k8s.io/pod-security-admission@*/webhook", "github.com/google/trillian@*/deployment",
	} {
		roots, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(cache)), module))
		if err != nil {
			t.Fatal(err)
		}
		for _, root := range roots {
			rendered, err := New()(t.Context(), open(t, root), nil)
			if err != nil {
				t.Logf("%s: %v", root, err) // it refers to what is elsewhere
			}
			for _, text := range rendered.Texts {
				want, err := upstream(t, filepath.Join(root, filepath.Dir(text.File)))
				if err != nil || !bytes.Equal(text.Data, want) {
					t.Errorf("%s of %s: %v: got\n%s\nwant\n%s", text.Path, root, err, text.Data, want)
				}
				same++
			}
		}
	}
	if same == 0 {
		t.Skip("no kustomizations in the module cache")
	}
	t.Logf("%d kustomizations compared", same)
}
