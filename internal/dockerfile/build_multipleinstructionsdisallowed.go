package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/MultipleInstructionsDisallowed",
			Title:       "CMD, ENTRYPOINT and HEALTHCHECK should be there once in a build stage",
			Severity:    hadolintWarning,
			Why:         "Only the last one counts; the others look as if they did.",
			Bad:         "FROM alpine:3.20\nCMD [\"/a\"]\nCMD [\"/b\"]\n",
			Good:        "FROM alpine:3.20\nCMD [\"/b\"]\n",
			Remediation: "remove all but the last",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleMultipleInstructionsDisallowed.URL,
		},
		docker: true,
		check:  multipleInstructions,
	})
}

// multipleInstructions reports those that do not count: all but the last.
func multipleInstructions(p *pass) {
	for _, s := range p.Stages {
		last := map[string]*syntax.Instruction{}
		for _, in := range s.Instructions {
			switch in.Keyword {
			case "CMD", "ENTRYPOINT", "HEALTHCHECK":
				if before := last[in.Keyword]; before != nil {
					p.report(before, before.Name, "%s", linter.RuleMultipleInstructionsDisallowed.Format(p.Text(in.Name)))
				}
				last[in.Keyword] = in
			}
		}
	}
}
