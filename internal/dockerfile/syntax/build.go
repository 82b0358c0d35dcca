package syntax

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// fill takes the logical line of an instruction apart.
func (f *File) fill(in *Instruction, node *parser.Node, line text, last int) {
	for _, h := range node.Heredocs {
		doc, ok := f.heredoc(h.Name, h.Chomp, last+1)
		if !ok {
			break
		}
		in.Heredocs = append(in.Heredocs, doc)
		last = doc.Last
	}
	line = line.trimSpace()
	f.words(in, node, line)
	if n := len(in.Heredocs); n > 0 {
		in.Span.End = f.trimmed(in.Heredocs[n-1].Last, in.Heredocs[n-1].Last).End
	}
}

// words fills in what stands on the logical line, also for the instruction
// within an ONBUILD.
func (f *File) words(in *Instruction, node *parser.Node, line text) {
	in.Span, in.Text = line.span(0, len(line.s)), line.s
	name, rest := cutWord(line)
	in.Keyword, in.Name = strings.ToUpper(name.s), name.span(0, len(name.s))
	in.Flags, rest = cutFlags(rest, f.escape)
	rest = rest.trimSpace()
	in.JSON = node.Attributes["json"]
	if rest.s == "" {
		return
	}
	switch in.Keyword {
	case "ONBUILD":
		if inner := innerNode(node); inner != nil && in.Outer == nil {
			in.Inner = &Instruction{Outer: in, Heredocs: in.Heredocs, index: in.index}
			f.words(in.Inner, inner, rest)
		}
	case "FROM", "EXPOSE":
		in.Args = fields(rest, f.escape)
	case "ADD", "COPY", "VOLUME":
		in.Args = f.jsonOr(in, rest, fields)
	case "ENV", "LABEL", "ARG":
		in.Args = quotedFields(rest, f.escape)
		in.Pairs = f.pairs(in, rest)
	case "HEALTHCHECK":
		kind, command := cutWord(rest)
		in.Args = append([]Word{whole(kind, f.escape)}, f.jsonOr(in, command, verbatim)...)
	case "RUN", "CMD", "ENTRYPOINT", "SHELL":
		in.Args = f.jsonOr(in, rest, verbatim)
	default:
		in.Args = []Word{whole(rest, f.escape)}
	}
}

// jsonOr reads a JSON array where BuildKit saw one.
func (f *File) jsonOr(in *Instruction, t text, or func(text, byte) []Word) []Word {
	if in.JSON {
		return jsonWords(t)
	}
	return or(t, f.escape)
}

// pairs reads NAME=VALUE words, and the old form of ENV and LABEL in which one
// name is followed by a value that goes to the end of the line.
func (f *File) pairs(in *Instruction, t text) []Pair {
	if len(in.Args) == 0 {
		return nil
	}
	if in.Keyword != "ARG" && !strings.Contains(in.Args[0].Raw, "=") {
		key, value := cutWord(t)
		return []Pair{{Key: unquote(key.s, f.escape), Value: unquote(value.s, f.escape), HasValue: true, Span: t.span(0, len(t.s))}}
	}
	pairs := make([]Pair, 0, len(in.Args))
	for _, w := range in.Args {
		key, value, ok := strings.Cut(w.Raw, "=")
		pairs = append(pairs, Pair{Key: unquote(key, f.escape), Value: unquote(value, f.escape), HasValue: ok, Span: w.Span})
	}
	return pairs
}

// addStage begins a build stage.
func (f *File) addStage(in *Instruction) {
	s := &BuildStage{Index: len(f.Stages), From: in}
	s.Image = parseImage(in.Args[0].Value)
	s.Base = f.baseOf(in.Args[0])
	if s.Base != nil {
		s.Base.Reused = true
		s.env = slices.Clip(s.Base.env)
	}
	if len(in.Args) == 3 {
		s.Name = strings.ToLower(in.Args[2].Value)
		f.byName[s.Name] = s
		if f.firstOf[s.Name] == nil {
			f.firstOf[s.Name] = s
		}
	}
	f.Stages = append(f.Stages, s)
}

// place puts an instruction into its build stage and takes note of what it
// changes for those after it.
func (f *File) place(in *Instruction) {
	if len(f.Stages) == 0 {
		for _, p := range in.Pairs {
			if in.Keyword == "ARG" {
				f.args[p.Key] = Variable{Value: p.Value}
			}
		}
		return
	}
	s := f.Stages[len(f.Stages)-1]
	if in.Keyword == "FROM" && in != s.From {
		return // BuildKit refused it
	}
	s.Instructions = append(s.Instructions, in)
	f.setShell(s, in)
	in.Stage, in.Shell = s, s.shell
	if in.Inner != nil {
		in.Inner.Stage, in.Inner.Shell = s, s.shell
	}
	for _, p := range in.Pairs {
		switch v := (Variable{Value: p.Value, Env: in.Keyword == "ENV"}); in.Keyword {
		case "ARG":
			if !p.HasValue {
				v = f.args[p.Key]
			}
			fallthrough
		case "ENV":
			s.define(p.Key, v, in.index)
		}
	}
}
