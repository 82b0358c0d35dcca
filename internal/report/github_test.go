package report

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github/runner"
)

func TestR18OnlyMeantCommands(t *testing.T) {
	var clean []string
	for _, c := range runner.Read(render(t, "github", first(poisoned("x")), Options{Annotations: true})).Commands {
		clean = append(clean, c.Name)
	}
	for _, text := range hostile {
		r, docs := poisoned(text)
		for _, format := range Names() {
			step := runner.Read(render(t, format, r, Options{Rules: docs, Annotations: true, Actions: true}))
			var names []string
			for _, c := range step.Commands {
				names = append(names, c.Name)
				for key := range c.Properties {
					if !slices.Contains([]string{"title", "file", "line", "endline", "col", "endcolumn"}, key) {
						t.Errorf("%q in %s: command %s has a property %q", text, format, c.Name, key)
					}
				}
			}
			want := clean
			if format != "github" {
				want = nil
			}
			if !slices.Equal(names, want) {
				t.Errorf("%q in %s: the runner obeys %v, want %v", text, format, names, want)
			}
		}
	}
}

func first(r gate.Report, _ []gate.Rule) gate.Report { return r }

func TestR18AnnotationsSayWhatWasMeant(t *testing.T) {
	r := closed()
	r.Stages = r.Stages[:1]
	r.Stages[0].Failures, r.Stages[0].Verdict = nil, gate.Failed
	f := &r.Stages[0].Findings[0]
	f.Severity, f.Status = gate.Critical, gate.New
	f.Message, f.Hint, f.Title, f.Path = "50%: a, b::c\nsecond ##[error]line %0A", "", "x::y, z=%3A", "dir, with:odd%name.yaml"
	r.Stages[0].Findings = r.Stages[0].Findings[:1]
	step := runner.Read(render(t, "github", r, Options{Annotations: true, Base: "sub"}))
	want := []runner.Annotation{{
		Level: "error", Title: "critical rego/main/deny: x::y, z=%3A", File: "sub/dir, with:odd%name.yaml",
		Message: "50%: a, b::c\nsecond ##[error]line %0A\nIn: Service/shop/web", Line: 3, EndLine: 3, Column: 1, EndColumn: 8,
	}}
	if !reflect.DeepEqual(step.Annotations, want) {
		t.Errorf("annotations = %+v\nwant %+v", step.Annotations, want)
	}
}

func TestR48AnnotationsWorstFirst(t *testing.T) {
	r := many(5000)
	step := runner.Read(render(t, "github", r, Options{Annotations: true}))
	if step.Dropped != 0 || len(step.Annotations) != 30 {
		t.Fatalf("%d annotations kept, %d dropped, want 30 and 0", len(step.Annotations), step.Dropped)
	}
	for i, a := range step.Annotations[:10] {
		if a.Level != "error" || !strings.HasPrefix(a.Title, "critical ") {
			t.Errorf("annotation %d is %s %q, want a critical error", i, a.Level, a.Title)
		}
	}
	// 1,000 of each severity: unknown, high and critical close the gate.
	want := "2,990 more errors, 990 more warnings, 991 more notices without an annotation: the log of this step and the report have all of them"
	if got := step.Annotations[20]; got.Level != "notice" || got.Message != want {
		t.Errorf("first notice = %+v, want %q", got, want)
	}
	shown := regexp.MustCompile(`container "web-[0-9]+" is privileged`).FindAllString(strings.Join(step.Plain, "\n"), -1)
	slices.Sort(shown)
	if n := len(slices.Compact(shown)); n != 5000 {
		t.Errorf("the log has %d of 5,000 findings", n)
	}
}

func TestR48FailuresLeaveRoomForFindings(t *testing.T) {
	r := many(100)
	r.Stages[0].Verdict = gate.Error
	for i := range 20 {
		r.Stages[0].Failures = append(r.Stages[0].Failures, gate.Failure{Message: fmt.Sprint("failure ", i)})
	}
	var failures, findings int
	for _, a := range runner.Read(render(t, "github", r, Options{Annotations: true})).Annotations {
		switch {
		case a.Level == "error" && strings.HasPrefix(a.Message, "failure"):
			failures++
		case a.Level == "error":
			findings++
		}
	}
	if failures != 5 || findings != 5 {
		t.Errorf("%d failures and %d findings as errors, want 5 and 5", failures, findings)
	}
}

func TestR48MessagesAreCutWithAWord(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 9000), strings.Repeat("ж", 9000), strings.Repeat("🔒", 9000), strings.Repeat("a\n", 9000)} {
		r := closed()
		r.Stages[0].Findings[1].Message = text
		for _, a := range runner.Read(render(t, "github", r, Options{Annotations: true})).Annotations {
			if a.Cut || !utf8.ValidString(a.Message) {
				t.Errorf("%.4q…: the runner cuts the message", text)
			}
			if strings.HasPrefix(a.Message, text[:2]) && !strings.HasSuffix(a.Message, " characters omitted)") {
				t.Errorf("%.4q…: the message does not say that it is cut: …%s", text, a.Message[len(a.Message)-60:])
			}
		}
	}
}

func TestLinesAndColumnsSurviveTheRunner(t *testing.T) {
	type place struct{ line, endLine, column, endColumn int }
	for _, test := range []struct {
		at   gate.Range
		want place
	}{
		{at: gate.Range{}, want: place{}},
		{at: gate.Range{Line: 4}, want: place{line: 4}},
		{at: gate.Range{Line: 4, Column: 2}, want: place{line: 4, column: 2}},
		{at: gate.Range{Line: 4, Column: 2, EndLine: 4, EndColumn: 3}, want: place{line: 4, endLine: 4, column: 2, endColumn: 2}},
		{at: gate.Range{Line: 4, Column: 2, EndLine: 6, EndColumn: 1}, want: place{line: 4, endLine: 6}},
		{at: gate.Range{Line: 4, Column: 5, EndLine: 3, EndColumn: 1}, want: place{line: 4, column: 5}},
		{at: gate.Range{Column: 5}, want: place{}},
	} {
		o := Options{}
		line := o.command(levelError, annotation{message: "m", place: gate.Location{Path: "f", Range: test.at}})
		a := runner.Read(line).Annotations[0]
		if got := (place{line: a.Line, endLine: a.EndLine, column: a.Column, endColumn: a.EndColumn}); got != test.want {
			t.Errorf("%+v: the runner keeps %+v, want %+v", test.at, got, test.want)
		}
	}
}

func TestNoAnnotations(t *testing.T) {
	if step := runner.Read(render(t, "github", closed(), Options{})); len(step.Annotations) > 0 || len(step.Commands) != 2 {
		t.Errorf("commands = %+v, want a group only", step.Commands)
	}
}
