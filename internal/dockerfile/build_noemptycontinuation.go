package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/NoEmptyContinuation",
			Title:       "continued lines should not be empty",
			Severity:    hadolintWarning,
			Why:         "BuildKit will refuse empty lines in an instruction in a later release; today they hide where it ends.",
			Bad:         "FROM alpine:3.20\nRUN a \\\n\n  b\n",
			Good:        "FROM alpine:3.20\nRUN a \\\n  b\n",
			Remediation: "remove the empty line, or put a comment there",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleNoEmptyContinuation.URL,
		},
		docker: true,
		check:  emptyContinuation,
	})
}

func emptyContinuation(p *pass) {
	for _, in := range p.Instructions {
		empty := p.EmptyLinesIn(in)
		if len(empty) == 0 {
			continue
		}
		at := syntax.Span{Start: empty[0].Start, End: empty[0].Start}
		p.report(in, at, "%s", linter.RuleNoEmptyContinuation.Format())
		edits := make([]edit, len(empty))
		for i, line := range empty {
			edits[i] = edit{at: line}
		}
		p.fix(edits...)
	}
}
