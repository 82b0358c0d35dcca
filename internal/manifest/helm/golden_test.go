package helm

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// storefront is the example project with a chart.
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

// TestLines shows, for each line that the example chart renders to, where it
// comes from: read it beside the templates.
func TestLines(t *testing.T) {
	tree := open(t, storefront)
	rendered, err := New(nil)(t.Context(), tree, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, text := range rendered.Texts {
		if strings.HasSuffix(text.Path, "ci/stage-values.yaml)") && !strings.Contains(text.Path, "ingress") {
			continue // but for the values the same again
		}
		fmt.Fprintf(&b, "# %s\n", text.Path)
		for i, line := range strings.Split(string(text.Data), "\n") {
			blank := len(line) - len(strings.TrimLeft(line, " "))
			if blank == len(line) {
				continue
			}
			at := text.Trace(gate.Range{Line: i + 1, Column: 1 + blank, EndLine: i + 1, EndColumn: 1 + utf8.RuneCountInString(line)})
			file := strings.TrimPrefix(at.Path, "charts/shop/")
			fmt.Fprintf(&b, "%-58s | %-9s %s:%d:%d\n", line, at.Precision, file, at.Line, at.Column)
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

// TestExactPlacesHoldTheSameText holds that what is called exact and begins in
// the text of a template reads the same there as in the rendering.
func TestExactPlacesHoldTheSameText(t *testing.T) {
	tree := open(t, storefront)
	rendered, err := New(nil)(t.Context(), tree, nil)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, text := range rendered.Texts {
		for i, line := range strings.Split(string(text.Data), "\n") {
			key, _, found := strings.Cut(line, ":")
			blank := len(key) - len(strings.TrimLeft(key, " -{\""))
			if !found || blank == len(key) {
				continue
			}
			at := text.Trace(gate.Range{Line: i + 1, Column: 1 + blank, EndLine: i + 1, EndColumn: 1 + len(key)})
			source := tree.Line(at.Path, at.Line)
			if at.Precision != gate.Exact {
				continue
			}
			checked++
			if want := key[blank:]; !strings.HasPrefix(source[at.Column-1:], want) {
				t.Errorf("%s:%d: %q is said to stand at %s, where there is %q", text.Path, i+1, want, at, source[at.Column-1:])
			}
		}
	}
	if checked < 80 {
		t.Errorf("only %d places were exact", checked)
	}
}

func TestFindingsOfVariants(t *testing.T) {
	tree := open(t, storefront)
	found, err := manifest.Find(t.Context(), tree, []string{"charts"}, New(nil))
	if err != nil {
		t.Fatal(err)
	}
	var findings []gate.Finding
	for _, o := range found.Objects {
		if o.Kind != "Deployment" {
			continue
		}
		for _, field := range [][]any{{"spec", "template", "spec", "containers", 0, "image"}, {"spec", "template", "spec", "containers", 0, "securityContext", "privileged"}} {
			f := gate.Finding{Rule: "X", Message: fmt.Sprint(field[len(field)-1])}
			f.Path, f.Object = o.Path, o.String()
			f.Range, _ = o.Nearest(field...)
			if strings.Contains(o.Path, "prod") && f.Message == "image" {
				continue
			}
			findings = append(findings, f)
		}
	}
	var got []string
	for _, f := range found.Trace(findings) {
		got = append(got, fmt.Sprintf("%s %s %s", f.Location, f.Precision, f.Message))
	}
	want := []string{
		`charts/shop/templates/deployment.yaml:25:13 inferred privileged (rendered: "privileged: true")`,
		`charts/shop/templates/deployment.yaml:23:18 exact image (with ci/stage-values.yaml)`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
