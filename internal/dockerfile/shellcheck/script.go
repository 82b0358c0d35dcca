package shellcheck

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Script is a shell script to check.
type Script struct {
	Text  string // UTF-8
	Shell string // one of [Shells]
	// Variables are the names of variables that have a value when the script
	// starts. Names that no shell takes are left out.
	Variables []string
}

// Shells are the dialects that ShellCheck knows.
var Shells = [...]string{"bash", "dash", "ksh", "sh"}

// rendered is the file that ShellCheck gets for a script: a line that names the
// shell, the comments at the top of the script, which may be directives for all
// of it, a line that sets the variables, and the rest of the script.
type rendered struct {
	content string
	lines   []int // offset in the script at which each of its lines starts
	top     int   // how many of them stand before the variables
}

// added are the lines of a rendered file before and after the comments.
const added = 1

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func render(s Script) rendered {
	text := s.Text
	if strings.HasPrefix(text, "#!") {
		text = "##" + text[2:] // ShellCheck wants it on the first line or nowhere
	}
	r := rendered{lines: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	for r.top < len(r.lines)-1 {
		line := strings.TrimSpace(text[r.lines[r.top]:r.lines[r.top+1]])
		if line != "" && line[0] != '#' {
			break
		}
		r.top++
	}
	var b strings.Builder
	b.WriteString("# shellcheck shell=" + s.Shell + "\n" + text[:r.lines[r.top]] + "export")
	for _, name := range s.Variables {
		if variableName.MatchString(name) {
			b.WriteString(" " + name + "=1")
		}
	}
	b.WriteString("\n" + text[r.lines[r.top]:] + "\n")
	r.content = b.String()
	return r
}

// offset returns the offset in the script of a place in the rendered file,
// whose line and column count from 1 and whose columns count characters. What
// is not in the script becomes the nearest place that is.
func (r rendered) offset(text string, line, column int) int {
	line -= added + 1
	switch {
	case line < 0:
		return 0
	case line == r.top:
		return min(r.lines[r.top], len(text))
	case line > r.top:
		line -= added
	}
	if line >= len(r.lines) {
		return len(text)
	}
	i := r.lines[line]
	for ; column > 1 && i < len(text) && text[i] != '\n'; column-- {
		_, n := utf8.DecodeRuneInString(text[i:])
		i += n
	}
	return i
}
