package syntax

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// maxRefused is how many places of one file BuildKit's parser may refuse. Each
// costs another parse of the file.
const maxRefused = 16

// parse fills in the file. BuildKit's parser stops at the first instruction
// that it refuses; its lines are emptied and the rest parsed again, so that one
// fault does not hide the others.
func (f *File) parse() {
	defer func() {
		slices.SortStableFunc(f.Faults, func(a, b Fault) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	}()
	for range maxRefused {
		res, err := parser.Parse(strings.NewReader(f.accepted()))
		if err == nil {
			f.escape = byte(res.EscapeToken)
			f.comments(res.AST.Children)
			f.instructions(res.AST.Children)
			return
		}
		first, last := f.refusedLines(err, res)
		news := f.refuse(first, last)
		if news || len(f.Faults) == 0 {
			f.fault(Fault{Message: reason(err), Span: f.trimmed(first, last)})
		}
		if !news {
			return // nothing is left of the file
		}
	}
}

// accepted returns the file without the lines that were refused.
func (f *File) accepted() string {
	if len(f.refused) == 0 {
		return f.src
	}
	var b strings.Builder
	for i, start := range f.lines {
		if !f.refused[i+1] {
			b.WriteString(f.src[start:f.end(i+1)])
			continue
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// refuse leaves lines out from now on, and reports whether one of them had
// anything on it.
func (f *File) refuse(first, last int) bool {
	news := false
	for n := first; n <= last; n++ {
		news = news || !f.refused[n] && strings.TrimSpace(f.line(n)) != ""
		f.refused[n] = true
	}
	return news
}

// refusedLines returns the lines that a parse error is about. For an error in
// a parser directive, and for a line that is too long, BuildKit names the line
// before.
func (f *File) refusedLines(err error, partial *parser.Result) (first, last int) {
	var located *parser.LocationError
	if errors.As(err, &located) && len(located.Locations) > 0 && len(located.Locations[0]) > 0 {
		lines := located.Locations[0]
		first, last = lines[0].Start.Line, lines[len(lines)-1].Start.Line
	}
	msg := err.Error()
	if partial != nil || strings.HasPrefix(msg, "only one ") || strings.HasPrefix(msg, "invalid escape token") {
		first, last = first+1, last+1
	}
	first = min(max(first, 1), len(f.lines))
	return first, min(max(last, first), len(f.lines))
}

// trimmed returns the span of lines without the white space around them.
func (f *File) trimmed(first, last int) Span {
	sp := Span{Start: f.lines[first-1], End: f.end(last)}
	sp.Start += len(f.Text(sp)) - len(trimLeft(f.Text(sp)))
	sp.End = max(sp.Start, sp.Start+len(strings.TrimSpace(f.Text(Span{Start: min(sp.Start, sp.End), End: sp.End}))))
	return sp
}

// fault adds a fault.
func (f *File) fault(fault Fault) { f.Faults = append(f.Faults, fault) }

// reason is BuildKit's message without the line that it puts in front.
func reason(err error) string {
	msg := err.Error()
	if rest, ok := strings.CutPrefix(msg, "dockerfile parse error on line "); ok {
		_, msg, _ = strings.Cut(rest, ": ")
	}
	return msg
}

// instructions builds the model from BuildKit's nodes.
func (f *File) instructions(nodes []*parser.Node) {
	misplaced := false
	for _, node := range nodes {
		line, last := f.logicalLine(node.StartLine, f.escape)
		in := &Instruction{index: len(f.Instructions)}
		if line.s != node.Original {
			f.fault(Fault{Message: "the instruction could not be located in the file", Span: f.trimmed(node.StartLine, node.EndLine)})
			continue
		}
		f.fill(in, node, line, last)
		f.Instructions = append(f.Instructions, in)
		err := accept(node)
		switch {
		case err != nil:
			in.Refused = true
			f.fault(Fault{Message: reason(err), Span: in.Span, In: in})
		case in.Keyword == "FROM":
			f.addStage(in)
		case len(f.Stages) == 0 && in.Keyword != "ARG" && !misplaced:
			misplaced = true
			f.fault(Fault{Message: in.Keyword + " stands before the first FROM", Span: in.Span, In: in})
		}
		f.place(in)
		f.script(in)
	}
	if len(f.Stages) == 0 && len(f.Faults) == 0 {
		end := f.Instructions[len(f.Instructions)-1]
		f.fault(Fault{Message: "no FROM: there is no build stage", Span: end.Span, In: end})
	}
}

// accept asks BuildKit whether it takes the instruction. An ONBUILD within an
// ONBUILD is not handed over, because it may be nested without end.
func accept(node *parser.Node) error {
	if inner := innerNode(node); inner != nil {
		if strings.EqualFold(inner.Value, "ONBUILD") {
			return errors.New("ONBUILD within ONBUILD isn't allowed")
		}
		if _, err := instructions.ParseInstructionWithLinter(inner, silent); err != nil {
			return err
		}
	}
	_, err := instructions.ParseInstructionWithLinter(node, silent)
	return err
}

// silent is a linter that reports nothing; it is never changed. BuildKit does
// not do without one where a check directive stands in a comment.
var silent = linter.New(&linter.Config{SkipAll: true})

// innerNode returns the instruction within an ONBUILD, or nil.
func innerNode(node *parser.Node) *parser.Node {
	if !strings.EqualFold(node.Value, "ONBUILD") || node.Next == nil || len(node.Next.Children) == 0 {
		return nil
	}
	return node.Next.Children[0]
}
