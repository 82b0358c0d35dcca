package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A rule is one check and its documentation. Each stands in a file of its own,
// which registers it; nothing else has to name it.
type rule struct {
	gate.Rule
	off       bool   // runs only where the configuration gives it a severity
	mandatory bool   // neither configuration nor pragma switches it off or lowers it
	same      string // another rule that says the same where both find something
	check     func(*pass)
}

// registry holds the rules by id. It is filled while the program is
// initialised and only read after that.
var registry = map[string]rule{}

// register adds a rule to the registry.
func register(r rule) {
	if _, taken := registry[r.ID]; taken {
		panic("two rules with the id " + r.ID)
	}
	r.Stage, r.Layer = Name, gate.Container
	registry[r.ID] = r
}

// The severities of hadolint on the scale of portcullis. Its "style" is low as
// well, and its "ignore" is a rule that is off.
const (
	hadolintError   = gate.High
	hadolintWarning = gate.Medium
	hadolintInfo    = gate.Low
)

// wiki returns the page that documents one of hadolint's rules.
func wiki(id string) string { return "https://github.com/hadolint/hadolint/wiki/" + id }

// Rules returns the documentation of every rule, sorted by id.
func Rules() []gate.Rule {
	rules := make([]gate.Rule, 0, len(registry))
	for _, r := range registry {
		rules = append(rules, r.Rule)
	}
	slices.SortFunc(rules, func(a, b gate.Rule) int { return strings.Compare(a.ID, b.ID) })
	return rules
}

// A pass is one rule at work on one file.
type pass struct {
	*syntax.File
	rule     rule
	settings settings
	found    *[]finding
}

// settings are the options that rules look at.
type settings struct {
	trustedRegistries []string
}

// A finding is a gate.Finding with the line that pragmas know it by.
type finding struct {
	gate.Finding
	instruction int // first line of the instruction
}

// report adds a finding about a part of an instruction. A rule reports an
// instruction once, at the first fault, and names all of them.
func (p *pass) report(in *syntax.Instruction, at syntax.Span, format string, args ...any) {
	if in.Outer != nil {
		in = in.Outer
	}
	*p.found = append(*p.found, finding{
		Finding: gate.Finding{
			Rule:     p.rule.ID,
			Severity: p.rule.Severity,
			Layer:    p.rule.Layer,
			Title:    p.rule.Title,
			Message:  fmt.Sprintf(format, args...),
			Hint:     p.rule.Remediation,
			URL:      p.rule.URL,
			Location: gate.Location{Range: p.Range(at), Object: shorten(in.Text)},
			Controls: p.rule.Controls,
		},
		instruction: p.Range(in.Span).Line,
	})
}

// maxObject is the length of a finding's object, in characters.
const maxObject = 80

// shorten makes an instruction fit on a line, with single blanks.
func shorten(s string) string {
	if len(s) > 8*maxObject {
		s = s[:8*maxObject]
	}
	r := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " "))
	if len(r) <= maxObject {
		return string(r)
	}
	return string(r[:maxObject-1]) + "…"
}

// reportFault adds a finding about something that could not be understood.
func (p *pass) reportFault(f syntax.Fault) {
	in := f.In
	if in == nil {
		line, _, _ := strings.Cut(p.Text(f.Span), "\n")
		in = &syntax.Instruction{Span: f.Span, Text: line}
	}
	p.report(in, f.Span, "%s", f.Message)
}
