package policy

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tree writes files to a folder and opens it.
func tree(t testing.TB, files map[string]string) *workspace.Tree {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, dir)
}

func open(t testing.TB, dir string) *workspace.Tree {
	t.Helper()
	tr, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	return tr
}

// run runs the stage as the gate does.
func run(t testing.TB, o Options) gate.StageReport {
	t.Helper()
	r := gate.Run(context.Background(), gate.Plan{
		Steps:     []gate.Step{{Stage: New(o), Required: true}},
		Threshold: gate.High,
		Source:    o.Tree.Line,
		Panicked:  func(_ string, v any, stack []byte) { t.Errorf("panic: %v\n%s", v, stack) },
	})
	return r.Stages[0]
}

// text is the report in lines: findings with their place and the text there,
// failures, notes.
func text(s gate.StageReport, tr *workspace.Tree) string {
	var b strings.Builder
	for _, f := range s.Findings {
		fmt.Fprintf(&b, "%s-%d:%d %s %s %s %s: %s\n", f.Location, f.EndLine, f.EndColumn, f.Precision, f.Severity, f.Rule, f.Object, f.Message)
		if line := []rune(tr.Line(f.Path, f.Line)); f.Column > 0 && f.EndLine == f.Line {
			fmt.Fprintf(&b, "\t%s\n", string(line[f.Column-1:f.EndColumn-1]))
		}
	}
	for _, f := range s.Failures {
		fmt.Fprintf(&b, "error: %s\n", f)
	}
	for _, n := range s.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

// golden compares with a golden file, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got:\n%s\nwant:\n%s", name, got, want)
	}
}

// only returns the findings of one rule.
func only(s gate.StageReport, rule string) gate.StageReport {
	s.Findings = slices.DeleteFunc(s.Findings, func(f gate.Finding) bool { return f.Rule != rule })
	return s
}
