package workflow

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A rule is one check and its documentation. Each stands in a file of its own,
// which registers it.
type rule struct {
	gate.Rule
	check func(*pass)
}

// registry holds the rules by id. It is filled while the program is
// initialised and only read after that.
var registry = map[string]rule{}

// register adds a rule to the registry.
func register(r rule) {
	if _, taken := registry[r.ID]; taken {
		panic("two rules with the id " + r.ID)
	}
	r.Stage, r.Layer = Name, gate.Code
	registry[r.ID] = r
}

// Rules returns the documentation of every rule, sorted by id.
func Rules() []gate.Rule {
	rules := make([]gate.Rule, 0, len(registry))
	for _, r := range registry {
		rules = append(rules, r.Rule)
	}
	slices.SortFunc(rules, func(a, b gate.Rule) int { return strings.Compare(a.ID, b.ID) })
	return rules
}

// A pass is one rule at work on one workflow.
type pass struct {
	file
	rule     gate.Rule
	findings []gate.Finding
}

// report adds a finding at a node, in a job; job is empty for the workflow.
func (p *pass) report(at *yaml.Node, job, format string, args ...any) {
	text, _, _ := strings.Cut(at.Value, "\n")
	p.reportAt(gate.Range{
		Line: at.Line, Column: at.Column, EndLine: at.Line, EndColumn: at.Column + max(utf8.RuneCountInString(text), 1),
	}, job, format, args...)
}

func (p *pass) reportAt(at gate.Range, job, format string, args ...any) {
	object := ""
	if job != "" {
		object = "job " + job
	}
	p.findings = append(p.findings, gate.Finding{
		Rule: p.rule.ID, Severity: p.rule.Severity, Layer: p.rule.Layer, Title: p.rule.Title, URL: p.rule.URL,
		Message: fmt.Sprintf(format, args...), Hint: p.rule.Remediation, Controls: p.rule.Controls,
		Location: gate.Location{Path: p.path, Object: object, Range: at},
	})
}
