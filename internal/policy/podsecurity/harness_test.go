package podsecurity

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// check reads manifests and judges them.
func check(t testing.TB, level, version, text string) (Report, error) {
	t.Helper()
	j, err := New(level, version)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := manifest.Read("file.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return j.Check(context.Background(), objects)
}

// text is a report in lines: each finding with the text at its place.
func text(r Report, err error, source string) string {
	var b strings.Builder
	lines := strings.Split(source, "\n")
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s %s %s %s: %s\n", f.Location, f.Precision, f.Severity, f.Rule, f.Object, f.Message)
		if f.Line == f.EndLine {
			fmt.Fprintf(&b, "\t%s\n", lines[f.Line-1][f.Column-1:f.EndColumn-1])
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	for _, f := range gate.Failures(err) {
		fmt.Fprintf(&b, "error: %s\n", f)
	}
	return b.String()
}

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
