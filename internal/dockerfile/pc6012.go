package dockerfile

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6012",
			Title:       "a change must not suppress findings by its own comments",
			Severity:    gate.Medium,
			Why:         "Whoever writes the change would decide what the gate looks at. The comment is as severe as the worst that it suppresses; one for the whole file, or within a script, counts only once it is merged.",
			Bad:         "FROM alpine:3.20\n# hadolint ignore=DL3004\nRUN sudo make\n",
			Good:        "FROM alpine:3.20\nRUN make\n",
			Remediation: "mend what the rule finds, or have the exception approved on the base branch first",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         "https://github.com/hadolint/hadolint#inline-ignores",
		},
		check: func(*pass) {}, // what is suppressed is known at the end: see blameAdded
	})
}

// waivers are the comments of a file by which it suppresses findings.
type waivers struct {
	pragmas []*pragma
	shells  []syntax.Comment             // added "hadolint shell=", which choose what is looked at
	scripts map[*syntax.Instruction]bool // those with added directives of ShellCheck
}

// waivers reads them, and finds out which of them a change adds.
func (s *Stage) waivers(name string, f *syntax.File) (*waivers, error) {
	w := &waivers{pragmas: pragmas(f), scripts: map[*syntax.Instruction]bool{}}
	if s.options.Base == nil || len(w.requests(f)) == 0 {
		return w, nil
	}
	base := &syntax.File{}
	b, err := s.options.Base(name)
	if err == nil {
		base, err = syntax.Parse(b)
	}
	var unreadable *syntax.UnreadableError
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.As(err, &unreadable) {
		return w, err
	}
	if err != nil {
		base = &syntax.File{} // there is none: the change adds them all
	}
	known := &waivers{pragmas: pragmas(base)}
	w.mark(f, added(base, f, known.requests(base), w.requests(f)))
	return w, nil
}

// requests are the comments of a file: its pragmas, then what says which shell
// there is, then the directives within scripts.
func (w *waivers) requests(f *syntax.File) []request {
	var all []request
	for _, p := range w.pragmas {
		r := request{key: p.key()}
		if p.about != nil {
			r.text = bare(f, p.about)
		}
		all = append(all, r)
	}
	for _, c := range shellPragmas(f) {
		all = append(all, request{key: c.Text})
	}
	for _, d := range shellDirectives(f) {
		all = append(all, request{key: d.text, text: bare(f, d.in)})
	}
	return all
}

// mark takes note of what is new, in the order of requests.
func (w *waivers) mark(f *syntax.File, news []bool) {
	shells, directives := shellPragmas(f), shellDirectives(f)
	for i, p := range w.pragmas {
		if p.added = news[i]; p.added && p.scope == "global" {
			p.blame("the change adds it, and for a whole file it counts once it is merged")
		}
	}
	for i, c := range shells {
		if news[len(w.pragmas)+i] {
			w.shells = append(w.shells, c)
		}
	}
	for i, d := range directives {
		if news[len(w.pragmas)+len(shells)+i] {
			w.scripts[d.in] = true
		}
	}
}

// key is what two pragmas have in common that say the same about the same kind
// of instruction.
func (p *pragma) key() string {
	keyword := ""
	if p.about != nil {
		keyword = p.about.Keyword
	}
	return strings.Join(append([]string{p.form, p.scope, keyword}, slices.Sorted(slices.Values(p.rules))...), " ")
}

// inScript reports whether a script has a directive of ShellCheck that the
// change adds.
func (w *waivers) inScript(in *syntax.Instruction) bool { return w != nil && w.scripts[in] }

// A directive is a comment within a script that ShellCheck obeys.
type directive struct {
	in   *syntax.Instruction
	text string
}

func shellDirectives(f *syntax.File) []directive {
	var all []directive
	c := checked{file: f}
	for in := range c.scripts() {
		for _, at := range shellDirective.FindAllStringIndex(in.Script.Text, -1) {
			line, _, _ := strings.Cut(in.Script.Text[at[0]:], "\n")
			all = append(all, directive{in: in, text: strings.Join(strings.Fields(line), " ")})
		}
	}
	return all
}

// shellPragmas are the comments that say which shell an image has.
func shellPragmas(f *syntax.File) []syntax.Comment {
	var all []syntax.Comment
	for _, c := range f.Comments {
		if _, ok := syntax.ShellPragma(c); ok {
			all = append(all, c)
		}
	}
	return all
}

// blameAdded reports the comments that the change adds, each as severe as what
// it suppresses, so that the gate is as shut with it as without.
func (s *Stage) blameAdded(c *checked) {
	i := slices.IndexFunc(s.rules, func(r rule) bool { return r.ID == "PC6012" })
	if i < 0 {
		return
	}
	blame := func(line int, worst gate.Severity, format string, args ...any) {
		r := s.rules[i]
		if _, set := s.options.Severity[r.ID]; !set {
			r.Severity = worst
		}
		at := c.file.Lines(line, line)
		p := pass{File: c.file, rule: &r, found: &c.found}
		p.report(&syntax.Instruction{Span: at, Text: c.file.Text(at)}, at, format, args...)
	}
	for _, p := range c.waived.pragmas {
		switch what := shorten(p.form + strings.Join(p.rules, ",")); {
		case !p.added:
		case p.fault != "":
			blame(p.line, gate.Low, "the change adds %q, which has no effect: %s", what, p.fault)
		default:
			blame(p.line, max(p.worst, gate.Low), "the change adds %q, which suppresses %d of the findings", what, p.used)
		}
	}
	for _, comment := range c.waived.shells {
		shell, _ := syntax.ShellPragma(comment)
		worst := gate.Low
		if !(syntax.Shell{Words: []string{shell}}).POSIX() {
			worst = gate.High // no script after it is looked at
		}
		blame(comment.Line, worst, "the change adds %q, which decides how scripts are read", shorten(comment.Text))
	}
	for in := range c.scripts() {
		if c.waived.inScript(in) {
			blame(c.file.Range(in.Script.Span(0, 0)).Line, gate.Low, "the change adds directives for ShellCheck to the script, which have no effect before it is merged")
		}
	}
}
