package dockerfile

import (
	"iter"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// each yields the instructions of one kind in file order, those within ONBUILD
// included.
func (p *pass) each(keywords ...string) iter.Seq[*syntax.Instruction] {
	return func(yield func(*syntax.Instruction) bool) {
		for _, in := range p.Instructions {
			if in.Inner != nil {
				in = in.Inner
			}
			if slices.Contains(keywords, in.Keyword) && !yield(in) {
				return
			}
		}
	}
}

// calls yields the commands of one RUN instruction whose program is one of
// these.
func calls(in *syntax.Instruction, programs ...string) iter.Seq[syntax.Command] {
	return func(yield func(syntax.Command) bool) {
		if in.Script == nil {
			return
		}
		for i := range in.Script.Commands {
			if c := &in.Script.Commands[i]; slices.Contains(programs, c.Program()) && !yield(*c) {
				return
			}
		}
	}
}

// reportCalls reports each RUN instruction that calls one of these programs, at
// the first call.
func (p *pass) reportCalls(format string, programs ...string) {
	for in := range p.each("RUN") {
		for c := range calls(in, programs...) {
			p.report(in, c.Words[0].Span, format, c.Name())
			break
		}
	}
}

// reportRepeated reports every instruction of a kind in a build stage after the
// first.
func (p *pass) reportRepeated(keyword string) {
	for _, stage := range p.Stages {
		var first *syntax.Instruction
		for _, in := range stage.Instructions {
			switch {
			case in.Keyword != keyword:
			case first == nil:
				first = in
			default:
				p.report(in, in.Name, "%q after the %s of line %d: only the last one counts", shorten(in.Text), keyword, p.Range(first.Span).Line)
			}
		}
	}
}

// arguments collects what is wrong in one instruction, so that it is reported
// once.
type arguments []syntax.Word

// quoted lists the words as a message names them: at most five.
func (a arguments) quoted() string {
	const most = 5
	var b strings.Builder
	for i, w := range a {
		if i == most {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(`"` + w.Value + `"`)
	}
	return b.String()
}

// reportWords reports the words of one instruction, if there are any.
func (p *pass) reportWords(in *syntax.Instruction, words arguments, format string) {
	if len(words) > 0 {
		p.report(in, words[0].Span, format, words.quoted())
	}
}

// volatile reports whether a folder is a cache or tmpfs mount of a RUN
// instruction, so that what is written there stays out of the layer.
func volatile(in *syntax.Instruction, target string) bool {
	return slices.ContainsFunc(in.Mounts(), func(m syntax.Mount) bool { return m.Volatile() && m.Target == target })
}

// shipped reports whether an instruction is in a build stage that ends up in
// an image: the last one, and those that others build on. What ONBUILD runs
// ends up in another image.
func (p *pass) shipped(in *syntax.Instruction) bool {
	return in.Stage != nil && (in.Outer != nil || in.Stage.Reused || in.Stage.Index == len(p.Stages)-1)
}

// sequences returns what a build stage does itself, and what its ONBUILD
// instructions will do in the build that starts from its image.
func sequences(s *syntax.BuildStage) [2][]*syntax.Instruction {
	var seq [2][]*syntax.Instruction
	for _, in := range s.Instructions {
		if in.Inner != nil {
			seq[1] = append(seq[1], in.Inner)
			continue
		}
		seq[0] = append(seq[0], in)
	}
	return seq
}
