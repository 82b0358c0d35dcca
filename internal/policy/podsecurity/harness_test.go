package podsecurity

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A report is what a court says of all objects of a file.
type report struct {
	findings []gate.Finding
	notes    []string
}

// check reads manifests and judges them.
func check(t testing.TB, level, version, text string) (report, error) {
	t.Helper()
	j, err := New(level, version)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := manifest.Read("file.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return j.all(objects)
}

func (j *Judge) all(objects []*manifest.Object) (report, error) {
	c, err := j.In(objects)
	if err != nil {
		return report{}, err
	}
	var r report
	for _, o := range objects {
		found, checkErr := c.Check(o)
		r.findings, err = append(r.findings, found...), errors.Join(err, checkErr)
	}
	notes, notesErr := c.Notes()
	r.notes = notes
	return r, errors.Join(err, notesErr)
}

// text is a report in lines: each finding with the text at its place.
func text(r report, err error, source string) string {
	var b strings.Builder
	lines := strings.Split(source, "\n")
	for _, f := range r.findings {
		fmt.Fprintf(&b, "%s %s %s %s %s: %s\n", f.Location, f.Precision, f.Severity, f.Rule, f.Object, f.Message)
		if f.Line == f.EndLine {
			fmt.Fprintf(&b, "\t%s\n", lines[f.Line-1][f.Column-1:f.EndColumn-1])
		}
	}
	for _, n := range r.notes {
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
