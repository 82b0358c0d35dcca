package runner

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	for line, want := range map[string]Command{
		"::error::x":                      {Name: "error", Data: "x"},
		" \t::ERROR::x":                   {Name: "error", Data: "x"},
		"::error file=a,line=1::x::y":     {Name: "error", Properties: map[string]string{"file": "a", "line": "1"}, Data: "x::y"},
		"::error title=a%3A%2C%253A::%0A": {Name: "error", Properties: map[string]string{"title": "a:,%3A"}, Data: "\n"},
		"::error file=,line=2::":          {Name: "error", Properties: map[string]string{"line": "2"}},
		"a ##[set-output name=v;x=1]y":    {Name: "set-output", Properties: map[string]string{"name": "v", "x": "1"}, Data: "y"},
		"##[group]a%5D%3B":                {Name: "group", Data: "a];"},
		"::unknown::##[debug]x":           {Name: "debug", Data: "x"},
		"::endgroup::":                    {Name: "endgroup"},
	} {
		if want.Properties == nil {
			want.Properties = map[string]string{}
		}
		step := Read(line)
		if len(step.Commands) != 1 || !reflect.DeepEqual(step.Commands[0], want) {
			t.Errorf("%q: %+v, want %+v", line, step.Commands, want)
		}
	}
}

func TestPlainLines(t *testing.T) {
	for _, line := range []string{"x ::error::y", ":: error::x", "::error:x", "::nothing::x", "##[nothing]x", "## [error]x", "##[error", "#[error]"} {
		if step := Read(line); len(step.Commands) > 0 || len(step.Plain) != 1 {
			t.Errorf("%q: %+v", line, step)
		}
	}
}

func TestLineBreaks(t *testing.T) {
	step := Read("a\r::error::1\n::error::2\r\nb\n\n")
	if len(step.Commands) != 2 || !reflect.DeepEqual(step.Plain, []string{"a", "b", ""}) {
		t.Errorf("%+v", step)
	}
}

func TestStopCommands(t *testing.T) {
	step := Read("::stop-commands::tok3n\n::error::a\n##[error]b\n::tok3n::\n::error::c\n::stop-commands::error\n::error::d")
	if len(step.Annotations) != 2 || step.Annotations[0].Message != "c" || step.Annotations[1].Message != "d" || step.Stopped {
		t.Errorf("%+v", step)
	}
	if step := Read("::stop-commands::x\n::error::a"); !step.Stopped || len(step.Annotations) > 0 {
		t.Errorf("%+v", step)
	}
}

func TestLimits(t *testing.T) {
	var b strings.Builder
	for range 12 {
		b.WriteString("::error::e\n::warning::w\n::notice::n\n")
	}
	if step := Read(b.String()); len(step.Annotations) != 30 || step.Dropped != 6 {
		t.Errorf("%d kept, %d dropped", len(step.Annotations), step.Dropped)
	}
	for text, cut := range map[string]bool{strings.Repeat("a", 4096): false, strings.Repeat("a", 4097): true, strings.Repeat("🔒", 2048): false, strings.Repeat("🔒", 2049): true} {
		if a := Read("::error::" + text).Annotations[0]; a.Cut != cut {
			t.Errorf("%d bytes: cut %t", len(text), a.Cut)
		}
	}
}

func TestValidateLinesAndColumns(t *testing.T) {
	for properties, want := range map[string]Annotation{
		"line=1,endLine=2,col=3,endColumn=4": {Line: 1, EndLine: 2},
		"line=1,endLine=1,col=3,endColumn=4": {Line: 1, EndLine: 1, Column: 3, EndColumn: 4},
		"line=1,col=3":                       {Line: 1, Column: 3},
		"endLine=2":                          {Line: 2, EndLine: 2},
		"line=1,endColumn=2":                 {Line: 1, Column: 2, EndColumn: 2},
		"col=3,endColumn=4":                  {},
		"line=3,endLine=2":                   {},
		"line=1,col=4,endColumn=3":           {Line: 1},
	} {
		want.Level, want.Message = "error", "m"
		if got := Read("::error " + properties + "::m").Annotations[0]; got != want {
			t.Errorf("%s: %+v, want %+v", properties, got, want)
		}
	}
}

func TestParseFile(t *testing.T) {
	for text, want := range map[string][]Pair{
		"":                     nil,
		"a=b\n":                {{Name: "a", Value: "b"}},
		"a=b=c<<d\n\nx=\n":     {{Name: "a", Value: "b=c<<d"}, {Name: "x"}},
		"a<<E\nE\nb=c":         {{Name: "a"}, {Name: "b", Value: "c"}},
		"a<<E\n1\n2\nE\n":      {{Name: "a", Value: "1\n2"}},
		"a<<E\n1\r\n\nE":       {{Name: "a", Value: "1\r\n"}},
		"a<<E\nEE\n E\nE\nE=1": {{Name: "a", Value: "EE\n E"}, {Name: "E", Value: "1"}},
		"a<<E=F\nx\nE=F\n":     {{Name: "a", Value: "x"}},
	} {
		if got, err := ParseFile(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q (%v), want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"a", "=b", "<<E\nE", "a<<\n", "a<<E\nx", "a<<E"} {
		if got, err := ParseFile(text); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("::error file=a,line=1::x\r##[group]y\n::stop-commands::t\nz")
	f.Fuzz(func(t *testing.T, output string) {
		step := Read(output)
		if n := len(Lines(output)); len(step.Plain)+len(step.Commands) > n {
			t.Errorf("%q: %d plain lines and %d commands of %d lines", output, len(step.Plain), len(step.Commands), n)
		}
	})
}

func FuzzParseFile(f *testing.F) {
	f.Add("a=b\nc<<E\nx\nE\n")
	f.Fuzz(func(t *testing.T, text string) {
		pairs, err := ParseFile(text)
		for _, p := range pairs {
			if p.Name == "" || strings.Contains(p.Name, "\n") {
				t.Errorf("%q: %q (%v)", text, pairs, err)
			}
		}
	})
}

// TestOnlyTestsImport keeps this package out of the program.
func TestOnlyTestsImport(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("../../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			if strings.HasSuffix(i.Path.Value, `/internal/github/runner"`) {
				seen++
				if !strings.HasSuffix(name, "_test.go") {
					t.Errorf("%s imports the runner", name)
				}
			}
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Errorf("%d imports seen, %v", seen, err)
	}
}
