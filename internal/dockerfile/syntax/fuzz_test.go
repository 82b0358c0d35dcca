package syntax

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// FuzzParse holds the model against BuildKit's: every instruction is located,
// has the same words, and every place is inside the file.
func FuzzParse(f *testing.F) {
	paths, _ := filepath.Glob("../../../testdata/dockerfile/*/*.Dockerfile")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("# escape=`\nFROM a `\n # c\n b\nENV a=\"b` c\" d='`'\nRUN <<-A <<B\n\tx\n\tA\nB\n"))
	f.Add([]byte("FROM a\r\nONBUILD RUN [\"sh\", \"-c\", \"a\\u00e9\\n'b c' | d\"]\r\nHEALTHCHECK CMD x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Parse(b)
		if err != nil {
			return
		}
		spans(file, func(what string, sp Span) {
			r := file.Range(sp)
			if sp.Start < 0 || sp.End < sp.Start || sp.End > len(file.src) || r.Line < 1 || r.EndLine > len(file.lines) {
				t.Errorf("%s: span %v, range %v", what, sp, r)
			}
		})
		for _, fault := range file.Faults {
			if strings.Contains(fault.Message, "could not be located") {
				t.Errorf("line %v was not located", file.Range(fault.Span))
			}
		}
		if res, err := parser.Parse(strings.NewReader(file.src)); err == nil {
			compareNodes(t, file, res.AST.Children)
		}
	})
}

// compareNodes compares the arguments with BuildKit's, keyword by keyword.
func compareNodes(t *testing.T, f *File, nodes []*parser.Node) {
	if len(nodes) != len(f.Instructions) {
		t.Fatalf("%d instructions, BuildKit has %d", len(f.Instructions), len(nodes))
	}
	for i, n := range nodes {
		in := f.Instructions[i]
		if strings.ToUpper(n.Value) != in.Keyword || len(n.Heredocs) != len(in.Heredocs) || len(n.Flags) != len(in.Flags) {
			t.Errorf("%q: BuildKit has %q with %d heredocs and %d flags", in.Text, n.Value, len(n.Heredocs), len(n.Flags))
		}
		var want, got []string
		for arg := n.Next; arg != nil; arg = arg.Next {
			want = append(want, arg.Value)
		}
		for _, w := range in.Args {
			got = append(got, w.Raw)
			if in.JSON {
				got[len(got)-1] = w.Value
			}
		}
		switch in.Keyword {
		case "FROM", "COPY", "ADD", "EXPOSE", "VOLUME", "RUN", "CMD", "ENTRYPOINT", "SHELL", "USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER":
			if !slices.Equal(got, want) && strings.Join(want, "") != "" {
				t.Errorf("%q: arguments %q, BuildKit has %q", in.Text, got, want)
			}
		case "ENV", "LABEL":
			if len(in.Pairs)*3 != len(want) {
				t.Errorf("%q: pairs %+v, BuildKit has %q", in.Text, in.Pairs, want)
			}
		case "ARG":
			if len(in.Pairs) != len(want) {
				t.Errorf("%q: pairs %+v, BuildKit has %q", in.Text, in.Pairs, want)
			}
		}
	}
}

// spans calls f for every place that the model knows.
func spans(file *File, f func(string, Span)) {
	for _, c := range file.Comments {
		f("comment", c.Span)
	}
	for _, x := range file.Faults {
		f("fault", x.Span)
	}
	for _, in := range file.Instructions {
		for ; in != nil; in = in.Inner {
			f("instruction", in.Span)
			f("keyword", in.Name)
			f("arguments", in.Arg())
			for _, x := range in.Flags {
				f("flag", x.Span)
			}
			for _, x := range in.Pairs {
				f("pair", x.Span)
			}
			for _, x := range in.Args {
				f("word", x.Span)
			}
			for _, x := range in.Heredocs {
				f("heredoc", x.Body)
			}
			if in.Script == nil {
				continue
			}
			for i := 0; i < len(in.Script.Text); i += 7 {
				f("script", in.Script.Span(i, min(i+3, len(in.Script.Text))))
			}
			for _, x := range in.Script.Pipes {
				f("pipe", x.Span)
			}
			for _, c := range in.Script.Commands {
				f("command", c.Span)
				for _, w := range c.Words {
					f("shell word", w.Span)
				}
			}
		}
	}
}
