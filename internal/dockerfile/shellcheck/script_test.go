package shellcheck

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRender(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script Script
		want   string
	}{
		{"one line", Script{Text: "echo $a", Shell: "sh"}, "# shellcheck shell=sh\nexport\necho $a\n"},
		{"variables", Script{Text: "a", Shell: "bash", Variables: []string{"b", "x; rm -rf /", "_C1", "1d", "e\nf"}}, "# shellcheck shell=bash\nexport b=1 _C1=1\na\n"},
		{"comments first", Script{Text: "#!/bin/sh -e\n\n # shellcheck disable=SC1\na\n# b\nc", Shell: "sh"}, "# shellcheck shell=sh\n##/bin/sh -e\n\n # shellcheck disable=SC1\nexport\na\n# b\nc\n"},
		{"comments only", Script{Text: "# a\n# b", Shell: "sh"}, "# shellcheck shell=sh\n# a\nexport\n# b\n"},
		{"empty", Script{Shell: "sh"}, "# shellcheck shell=sh\nexport\n\n"},
	} {
		if got := render(tt.script).content; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestOffset(t *testing.T) {
	text := "# a\necho é😀 $b\nc\n"
	r := render(Script{Text: text, Shell: "sh"})
	for _, tt := range []struct {
		line, column int
		want         string // what the text goes on with
	}{
		{1, 1, text},
		{2, 3, text[2:]},
		{3, 9, "echo é😀 $b\nc\n"}, // the variables
		{4, 1, "echo é😀 $b\nc\n"},
		{4, 6, "é😀 $b\nc\n"},
		{4, 9, "$b\nc\n"},
		{4, 99, "\nc\n"},
		{5, 2, "\n"},
		{6, 1, ""},
		{99, 99, ""},
		{-1, -1, text},
	} {
		if got := text[r.offset(text, tt.line, tt.column):]; got != tt.want {
			t.Errorf("%d:%d: got %q, want %q", tt.line, tt.column, got, tt.want)
		}
	}
}

// FuzzOffset shows that every character of a script keeps its place in the
// rendered file.
func FuzzOffset(f *testing.F) {
	f.Add("a\nb", "x")
	f.Add("#!/bin/sh\n# é\n\tls 😀\n\n", "")
	f.Fuzz(func(t *testing.T, text, variable string) {
		if !utf8.ValidString(text) {
			return
		}
		r := render(Script{Text: text, Shell: "sh", Variables: []string{variable}})
		copied := 0
		for i, line := range strings.Split(r.content, "\n") {
			column := 0
			for j, c := range line {
				column++
				at := r.offset(text, i+1, column)
				if at < 0 || at > len(text) {
					t.Fatalf("%d:%d is at %d of %d", i+1, column, at, len(text))
				}
				if i == 0 || i == r.top+1 || c == '#' && j == 1 {
					continue // added, or changed
				}
				copied++
				if got, _ := utf8.DecodeRuneInString(text[at:]); got != c {
					t.Fatalf("%d:%d: got %q, want %q", i+1, column, got, c)
				}
			}
		}
		if want := utf8.RuneCountInString(strings.ReplaceAll(text, "\n", "")); copied < want-strings.Count(text, "#") {
			t.Errorf("%d of %d characters were found again", copied, want)
		}
	})
}
