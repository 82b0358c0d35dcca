package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github/runner"
)

// An element is a part of an XML document.
type element struct {
	name     string
	attrs    map[string]string
	text     string
	children []*element
}

func (e *element) all(name string) (found []*element) {
	for _, c := range e.children {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// parseXML reads a document with the strict decoder, which refuses what XML 1.0 does.
func parseXML(document string) (*element, error) {
	root := &element{}
	open := []*element{root}
	dec := xml.NewDecoder(strings.NewReader(document))
	for {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return root.children[0], nil
		case err != nil:
			return nil, err
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			top.children, open = append(top.children, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.text += string(token)
		}
	}
}

// junitGrammar is what GitLab and Jenkins know: the children of an element in their order, and its attributes, of
// which those with a bang must be there.
var junitGrammar = map[string]struct{ children, attrs string }{
	"testsuites": {"testsuite", "name! tests! failures! errors! skipped! time!"},
	"testsuite":  {"testcase system-out", "name! tests! failures! errors! skipped! time!"},
	"testcase":   {"failure error skipped system-out", "classname! name! file line time!"},
	"failure":    {"", "message! type"}, "error": {"", "message! type"}, "skipped": {"", "message! type"}, "system-out": {"", ""},
}

// conforms says what is wrong with an element.
func conforms(e *element) error {
	grammar, known := junitGrammar[e.name]
	if !known {
		return fmt.Errorf("unknown element %q", e.name)
	}
	attrs := strings.Fields(grammar.attrs)
	for _, a := range attrs {
		if name, required := strings.CutSuffix(a, "!"); required {
			if _, found := e.attrs[name]; !found {
				return fmt.Errorf("%s has no %s", e.name, name)
			}
		}
	}
	for name := range e.attrs {
		if !slices.Contains(attrs, name) && !slices.Contains(attrs, name+"!") {
			return fmt.Errorf("%s has an attribute %s", e.name, name)
		}
	}
	last := 0
	for _, c := range e.children {
		at := slices.Index(strings.Fields(grammar.children), c.name)
		if at < last {
			return fmt.Errorf("%s in %s is out of order or unknown", c.name, e.name)
		}
		last = at
		if err := conforms(c); err != nil {
			return err
		}
	}
	return nil
}

// tally compares the counts of a suite with its cases.
func tally(suite *element) error {
	got := map[string]int{"failures": 0, "errors": 0, "skipped": 0}
	names := map[string]bool{}
	for _, c := range suite.all("testcase") {
		names[c.attrs["classname"]+c.attrs["name"]] = true
		got["tests"]++
		got["failures"] += len(c.all("failure"))
		got["errors"] += len(c.all("error"))
		got["skipped"] += len(c.all("skipped"))
	}
	for name, n := range got {
		if suite.attrs[name] != strconv.Itoa(n) {
			return fmt.Errorf("suite %q: %s is %s, there are %d", suite.attrs["name"], name, suite.attrs[name], n)
		}
	}
	if len(names) != got["tests"] || got["tests"] == 0 {
		return fmt.Errorf("suite %q: %d names for %d cases", suite.attrs["name"], len(names), got["tests"])
	}
	return nil
}

func readJUnit(document string) (*element, error) {
	root, err := parseXML(document)
	if err == nil {
		err = conforms(root)
	}
	if err != nil {
		return nil, err
	}
	for _, suite := range root.all("testsuite") {
		if err := tally(suite); err != nil {
			return nil, err
		}
	}
	return root, nil
}

func TestJUnit(t *testing.T) {
	root, err := readJUnit(render(t, "junit", closed(), Options{Base: "services/shop"}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"policy": "6 2 1 1", "dockerfile": "2 0 0 0", "scan": "4 2 0 0", "sign": "1 0 0 1"}
	for _, s := range append(root.all("testsuite"), root) {
		if s == root {
			s.attrs["name"], want["all"] = "all", "13 4 1 2"
		}
		got := s.attrs["tests"] + " " + s.attrs["failures"] + " " + s.attrs["errors"] + " " + s.attrs["skipped"]
		if got != want[s.attrs["name"]] {
			t.Errorf("%s: %s, want %s", s.attrs["name"], got, want[s.attrs["name"]])
		}
		for _, c := range s.all("testcase") {
			if file := c.attrs["file"]; file != "" && !strings.HasPrefix(file, "services/shop/") {
				t.Errorf("file %q is not relative to the repository", file)
			}
		}
	}
}

func TestJUnitNamesStayWhenLinesMove(t *testing.T) {
	names := func(r gate.Report) (all []string) {
		root, err := readJUnit(render(t, "junit", r, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range root.all("testsuite") {
			for _, c := range s.all("testcase") {
				all = append(all, c.attrs["name"])
			}
		}
		return all
	}
	moved := closed()
	for i := range moved.Stages[0].Findings {
		moved.Stages[0].Findings[i].Line += 7
		moved.Stages[0].Findings[i].EndLine += 7
	}
	if before, after := names(closed()), names(moved); !slices.Equal(before, after) {
		t.Errorf("names were\n%q\nand are\n%q", before, after)
	}
}

// A stage that could not decide is never a suite without errors, whatever else the report lacks.
func TestR15JUnitErrorIsNeverGreen(t *testing.T) {
	root, err := readJUnit(render(t, "junit", gate.Report{Stages: []gate.StageReport{{Name: "scan"}}}, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if root.attrs["errors"] != "1" {
		t.Errorf("errors = %s, want 1", root.attrs["errors"])
	}
}

func TestR59JUnitHostileStrings(t *testing.T) {
	clean, err := readJUnit(render(t, "junit", first(poisoned("x")), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(slices.Clone(hostile), "]]>", "<!-- ", "\ufffe\uffff", "&#x1b;", `" onload="x`) {
		root, err := readJUnit(render(t, "junit", first(poisoned(s)), Options{}))
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		for i, suite := range root.all("testsuite") {
			if got, want := len(suite.children), len(clean.all("testsuite")[i].children); got > want {
				t.Errorf("%q makes %d elements of %d", s, got, want)
			}
		}
	}
}

func FuzzXML(f *testing.F) {
	add(f)
	f.Fuzz(func(t *testing.T, s string) {
		want := junitOutcome{Message: Terminal(s), Text: strings.Join(lines(s), "\n")}
		document, err := xml.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		document = XML(document)
		var got junitOutcome
		if err := xml.Unmarshal(document, &got); err != nil {
			t.Fatalf("%q: %v", document, err)
		}
		if got.Message != want.Message || got.Text != want.Text {
			t.Errorf("%q was read as %q and %q", s, got.Message, got.Text)
		}
		if step := runner.Read(string(document)); len(step.Commands) > 0 {
			t.Errorf("%s: the runner obeys %+v", document, step.Commands)
		}
	})
}
