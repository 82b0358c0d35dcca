package dockerfile

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/ConsistentInstructionCasing",
			Title:       "instructions should be written in one case",
			Severity:    hadolintWarning,
			Why:         "Keywords in several cases are harder to tell from arguments.",
			Bad:         "FROM alpine:3.20\nrun true\nRUN true\n",
			Good:        "FROM alpine:3.20\nRUN true\nRUN true\n",
			Remediation: "write every instruction in the case that most of them have",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleConsistentInstructionCasing.URL,
		},
		docker: true,
		check:  instructionCasing,
	})
}

func instructionCasing(p *pass) {
	var lower, upper int
	for _, s := range p.Stages {
		for _, in := range s.Instructions {
			switch name := p.Text(in.Name); name {
			case strings.ToLower(name):
				lower++
			case strings.ToUpper(name):
				upper++
			}
		}
	}
	want, convert := "uppercase", strings.ToUpper
	if lower > upper {
		want, convert = "lowercase", strings.ToLower
	}
	for _, s := range p.Stages {
		for _, in := range s.Instructions {
			if name := p.Text(in.Name); name != convert(name) {
				p.report(in, in.Name, "%s", linter.RuleConsistentInstructionCasing.Format(name, want))
				edits := []edit{{at: in.Name, text: convert(name)}}
				if in == s.From && len(in.Args) == 3 {
					edits = append(edits, edit{at: in.Args[1].Span, text: convert(in.Args[1].Raw)})
				}
				p.fix(edits...)
			}
		}
	}
}
