package syntax

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// comments collects the comment lines that stand between instructions.
func (f *File) comments(nodes []*parser.Node) {
	next := 1
	upTo := func(line int) {
		for ; next < line; next++ {
			if c, ok := f.comment(next); ok && !f.refused[next] {
				f.Comments = append(f.Comments, c)
			}
		}
	}
	for _, n := range nodes {
		upTo(n.StartLine)
		next = max(next, n.EndLine+1)
	}
	upTo(len(f.lines) + 1)
}

// comment returns the comment on a line, if the line is one.
func (s *source) comment(n int) (Comment, bool) {
	raw := s.line(n)
	t := strings.TrimSpace(raw)
	if !strings.HasPrefix(t, "#") {
		return Comment{}, false
	}
	start := s.lines[n-1] + strings.Index(raw, "#")
	return Comment{Text: strings.TrimSpace(t[1:]), Line: n, Span: Span{Start: start, End: start + len(t)}}, true
}

// CommentsIn returns the comments between the continued lines of an
// instruction. What looks like one in a heredoc is not.
func (f *File) CommentsIn(in *Instruction) []Comment {
	var comments []Comment
	first, last := f.continued(in)
	for n := first; n < last; n++ {
		if c, ok := f.comment(n); ok {
			comments = append(comments, c)
		}
	}
	return comments
}

// EmptyLinesIn returns the empty lines between the continued lines of an
// instruction, with their line breaks.
func (f *File) EmptyLinesIn(in *Instruction) []Span {
	var empty []Span
	first, last := f.continued(in)
	for n := first; n < last; n++ {
		if strings.TrimSpace(f.line(n)) == "" {
			empty = append(empty, Span{Start: f.lines[n-1], End: f.end(n)})
		}
	}
	return empty
}

// continued returns the line after the first of an instruction and the one
// after the last that may be continued.
func (f *File) continued(in *Instruction) (first, last int) {
	first, _ = f.position(in.Span.Start)
	last, _ = f.position(in.Span.End)
	if len(in.Heredocs) > 0 {
		last, _ = f.position(in.Heredocs[0].Body.Start)
	}
	return first + 1, last
}

// CommentsBefore returns the comments between the instruction before this one
// and this one, from the last that is empty on. Parser directives do not count.
func (f *File) CommentsBefore(in *Instruction) []Comment {
	line, _ := f.position(in.Span.Start)
	after := 0
	if in.index > 0 {
		after, _ = f.position(f.Instructions[in.index-1].Span.End)
	}
	end, _ := slices.BinarySearchFunc(f.Comments, line, func(c Comment, line int) int { return cmp.Compare(c.Line, line) })
	start := end
	for start > 0 && f.Comments[start-1].Line > after && f.Comments[start-1].Text != "" && !f.directive(start-1) {
		start--
	}
	return f.Comments[start:end]
}

// directive reports whether a comment is a parser directive: one of those that
// the file begins with.
func (f *File) directive(n int) bool {
	return f.Comments[n].Line == n+1 && directiveForm.MatchString(f.Comments[n].Text) && (n == 0 || f.directive(n-1))
}

var directiveForm = regexp.MustCompile(`(?i)^(?:syntax|escape|check)\s*=`)

// shellPragma is "hadolint shell=NAME", the comment that says in which shell
// the scripts of an image run that sets none.
var shellPragma = regexp.MustCompile(`^hadolint\s+shell\s*=\s*([^\s#]+)\s*(#.*)?$`)

// ShellPragma returns the shell that a comment gives to the build stages after
// it, and whether it does.
func ShellPragma(c Comment) (shell string, ok bool) {
	m := shellPragma.FindStringSubmatch(c.Text)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// shellComment returns what the last shell pragma says between the instruction
// before in and in itself; "" when there is none.
func (f *File) shellComment(in *Instruction) string {
	line, _ := f.position(in.Span.Start)
	said := ""
	for f.seen < len(f.Comments) && f.Comments[f.seen].Line < line {
		if m := shellPragma.FindStringSubmatch(f.Comments[f.seen].Text); m != nil {
			said = m[1]
		}
		f.seen++
	}
	return said
}

// setShell keeps track of the shell of a build stage.
func (f *File) setShell(s *BuildStage, in *Instruction) {
	said := f.shellComment(in)
	switch {
	case in == s.From && len(f.Stages) == 1:
		f.shell = said
		s.shell = f.defaultShell(in.Args[0].Value, f.shell)
	case in == s.From && s.Base != nil && said == "":
		s.shell = s.Base.shell
	case in == s.From:
		if said == "" {
			said = f.shell
		}
		s.shell = f.defaultShell(in.Args[0].Value, said)
	case in.Keyword == "SHELL" && len(in.Args) > 0:
		words := make([]string, len(in.Args))
		for i, w := range in.Args {
			words[i] = w.Value
		}
		s.shell = Shell{Words: words, Set: in}
	case said != "":
		s.shell = Shell{Words: []string{said}}
	}
}
