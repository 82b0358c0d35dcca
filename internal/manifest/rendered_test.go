package manifest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// stencil is a renderer of one file: it makes a text for each of its variants,
// whose lines come from the line below the file's first.
func stencil(texts ...Text) Renderer {
	return func(context.Context, *workspace.Tree, []string) (Rendered, error) {
		for i := range texts {
			t := &texts[i]
			t.File, t.Path = "t.tpl.yaml", fmt.Sprintf("t.tpl.yaml (rendered with %s)", t.Variant)
			t.Variants = func(string) int { return len(texts) }
			t.Trace = func(r gate.Range) gate.Location {
				at := gate.Location{Path: "t.tpl.yaml", Range: gate.Range{Line: r.Line + 1}, Precision: gate.Exact}
				if r.Line > 4 {
					at.Precision = gate.Inferred
				}
				return at
			}
		}
		return Rendered{Texts: texts, Claimed: func(name string) bool { return name == "t.tpl.yaml" }}, nil
	}
}

const secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData: {password: hunter2}\n"

func TestTraceFindings(t *testing.T) {
	tree := open(t, map[string]string{"t.tpl.yaml": "{{ x }}", "plain.yaml": podA})
	found, err := Find(t.Context(), tree, nil, stencil(Text{Variant: "a", Data: []byte(secret)}, Text{Variant: "b", Data: []byte(secret)}))
	if err != nil || len(found.Objects) != 3 || found.Files != 3 {
		t.Fatalf("found %+v, %v", found, err)
	}
	finding := func(path string, line int, sensitive bool) gate.Finding {
		f := gate.Finding{Rule: "R", Message: "wrong", Sensitive: sensitive, Fix: &gate.Fix{Path: path}}
		f.Path, f.Line, f.Object = path, line, "Secret/s"
		return f
	}
	const a, b = "t.tpl.yaml (rendered with a)", "t.tpl.yaml (rendered with b)"
	for _, tc := range []struct {
		name     string
		findings []gate.Finding
		want     string
	}{
		{"of a file", []gate.Finding{finding("plain.yaml", 1, false)}, "plain.yaml:1 exact wrong"},
		{"of all variants", []gate.Finding{finding(a, 2, false), finding(b, 2, false)}, "t.tpl.yaml:3 exact wrong"},
		{"of one", []gate.Finding{finding(b, 2, false)}, "t.tpl.yaml:3 exact wrong (with b)"},
		{"twice in one", []gate.Finding{finding(b, 2, false), finding(b, 2, false)}, "t.tpl.yaml:3 exact wrong (with b)"},
		{"at other lines", []gate.Finding{finding(a, 1, false), finding(b, 2, false)}, "t.tpl.yaml:2 exact wrong (with a)\nt.tpl.yaml:3 exact wrong (with b)"},
		{"inexact", []gate.Finding{finding(a, 5, false)}, `t.tpl.yaml:6 inferred wrong (rendered: "stringData: {password: hunter2}") (with a)`},
		{"R28 secret", []gate.Finding{finding(a, 5, true), finding(b, 5, true)}, "t.tpl.yaml:6 inferred wrong"},
	} {
		var got []string
		for _, f := range found.Trace(tc.findings) {
			got = append(got, fmt.Sprintf("%s %s %s", f.Location, f.Precision, f.Message))
			if f.Fix != nil && f.Path != "plain.yaml" {
				t.Errorf("%s: there is a fix for text that was rendered", tc.name)
			}
		}
		if strings.Join(got, "\n") != tc.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.name, strings.Join(got, "\n"), tc.want)
		}
	}
}

func TestTraceErrors(t *testing.T) {
	tree := open(t, map[string]string{"t.tpl.yaml": "{{ x }}"})
	_, err := Find(t.Context(), tree, nil, stencil(Text{Variant: "a", Data: []byte("apiVersion: v1\nkind: Pod\nkind: Pod\n")}))
	failures := gate.Failures(err)
	if len(failures) != 1 || failures[0].String() != `t.tpl.yaml:4: with a: the key "kind" is there twice` {
		t.Errorf("the errors are %+v", failures)
	}
	// Without a renderer the file is read as it is, which is an error of its own.
	if _, err := Find(t.Context(), open(t, map[string]string{"t.yaml": "apiVersion: v1\nkind: Pod\n{{ x }}\n"}), nil); err == nil {
		t.Error("a template is no error")
	}
}

// TestSamePath holds that no text takes the place of another.
func TestSamePath(t *testing.T) {
	tree := open(t, map[string]string{"t.tpl.yaml": "{{ x }}"})
	found, err := Find(t.Context(), tree, nil, stencil(Text{Variant: "a", Data: []byte(secret)}, Text{Variant: "a", Data: []byte(podA)}))
	if err != nil || len(found.Objects) != 2 {
		t.Fatalf("found %+v, %v", found.Objects, err)
	}
	for _, o := range found.Objects {
		if at := found.Place(gate.Location{Path: o.Path, Range: o.First()}); at.Path != "t.tpl.yaml" || o.File() != "t.tpl.yaml" {
			t.Errorf("%s is at %s, of the file %s", o, at, o.File())
		}
	}
}

func TestOnce(t *testing.T) {
	calls := 0
	failed := errors.New("no")
	once := Once(func(context.Context, *workspace.Tree, []string) (Rendered, error) { calls++; return Rendered{}, failed })
	tree := open(t, nil)
	for range 3 {
		if _, err := once(t.Context(), tree, []string{"a"}); !errors.Is(err, failed) {
			t.Errorf("the error is %v", err)
		}
	}
	_, _ = once(t.Context(), tree, nil)
	if calls != 2 {
		t.Errorf("it was called %d times for two questions", calls)
	}
}

func TestUnread(t *testing.T) {
	tree := open(t, map[string]string{
		"a.yaml.tmpl": podA, "b.yml.j2": podA, "c.tpl": "no object\n", "d.json.erb": jsnB,
		"x/templates/e.yaml": "{{ include \"all\" . }}\n", "x/templates/f.html": "{{ x }}", "README.md.tmpl": "# text\n",
	})
	found, err := Find(t.Context(), tree, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "files with apiVersion and kind that nothing reads, they are templates by their names: a.yaml.tmpl, b.yml.j2, d.json.erb\n" +
		"templates without a Chart.yaml were left out: x/templates/e.yaml"
	if got := strings.Join(found.Notes, "\n"); got != want {
		t.Errorf("the notes are\n%s\nwant\n%s", got, want)
	}
}
