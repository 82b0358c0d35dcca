package dockerfile

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Docker's build checks are rules like the others, with ids that begin with
// build/. BuildKit's linter says them; its conversion to a build graph, which
// finds half of them, would bring 300 packages and ask registries, and it stops
// at the first error. So the rules look at the model, and take messages,
// addresses and the meaning of options from the linter.

// checkOptions are what a check directive says:
//
//	# check=skip=StageNameCasing,FromAsCasing;error=true
func checkOptions(text string) (*linter.Config, error) {
	options, _, _ := strings.Cut(text, " ")
	return linter.ParseLintOptions(options)
}

// experimental returns the rules that are off and that the file asks for.
func (s *Stage) experimental(f *syntax.File) []rule {
	c, err := checkOptions(f.Check.Text)
	if err != nil || !c.ExperimentalAll && len(c.ExperimentalRules) == 0 {
		return nil
	}
	var rules []rule
	for _, id := range slices.Sorted(maps.Keys(registry)) {
		r := registry[id]
		_, set := s.options.Severity[id]
		asked := c.ExperimentalAll || slices.Contains(c.ExperimentalRules, strings.TrimPrefix(id, "build/"))
		if r.docker && r.off && asked && !set && !slices.Contains(s.options.Ignore, id) {
			rules = append(rules, r)
		}
	}
	return rules
}

// obeyCheck raises what build checks found in a file that wants its builds to
// fail of them, unless the configuration gives a severity.
func (s *Stage) obeyCheck(c *checked) {
	options, err := checkOptions(c.file.Check.Text)
	if err != nil || !options.ReturnAsError {
		return
	}
	for i := range c.found {
		f := &c.found[i]
		if _, set := s.options.Severity[f.Rule]; !set && registry[f.Rule].docker {
			f.Severity = max(f.Severity, gate.High)
		}
	}
}

// checkForm is a comment that is a check directive, for the file or for the
// instruction that follows.
var checkForm = regexp.MustCompile(`(?i)^check\s*=\s*(.*)$`)

// checkPragma returns what a check directive skips as a pragma; nil if it skips
// nothing.
func checkPragma(f *syntax.File, c syntax.Comment) *pragma {
	m := checkForm.FindStringSubmatch(c.Text)
	if m == nil {
		return nil
	}
	p := &pragma{form: "check=skip=", line: c.Line}
	options, err := checkOptions(m[1])
	switch {
	case err != nil:
		p.form, p.rules = "check=", []string{m[1]}
		p.blame(err.Error())
		return p
	case options.SkipAll:
		p.form = "check=skip=all: "
		for _, r := range registry {
			if r.docker {
				p.rules = append(p.rules, r.ID)
			}
		}
		slices.Sort(p.rules)
	case len(options.SkipRules) == 0:
		return nil
	}
	for _, name := range options.SkipRules {
		p.rules = append(p.rules, "build/"+name)
	}
	if c.Line == f.Check.Line {
		p.scope = "global"
		return p
	}
	next, _ := slices.BinarySearchFunc(f.Instructions, c.Line, func(in *syntax.Instruction, line int) int {
		return cmp.Compare(f.Range(in.Span).Line, line)
	})
	if next == len(f.Instructions) {
		p.blame("no instruction follows")
		return p
	}
	p.begin, p.about = f.Range(f.Instructions[next].Span).Line, f.Instructions[next]
	return p
}

// globals are the variables of FROM.
type globals struct {
	env      syntax.Values
	declared []string
}

// globals returns what [syntax.File.Globals] does, which it asks once.
func (p *pass) globals() (env syntax.Values, declared []string) {
	if p.global == nil {
		p.global = &globals{}
		p.global.env, p.global.declared = p.Globals()
	}
	return p.global.env, p.global.declared
}
