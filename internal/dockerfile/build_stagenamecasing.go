package dockerfile

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/StageNameCasing",
			Title:       "names of build stages should be in lower case",
			Severity:    hadolintWarning,
			Why:         "Names of build stages do not depend on case, so one in capitals looks like another than it is.",
			Bad:         "FROM alpine:3.20 AS Build\n",
			Good:        "FROM alpine:3.20 AS build\n",
			Remediation: "write the name in lower case",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleStageNameCasing.URL,
		},
		docker: true,
		check:  stageNameCasing,
	})
}

func stageNameCasing(p *pass) {
	for _, s := range p.Stages {
		if name := s.From.Args; len(name) == 3 && name[2].Raw != strings.ToLower(name[2].Raw) {
			p.report(s.From, name[2].Span, "%s", linter.RuleStageNameCasing.Format(name[2].Raw))
			p.fix(edit{at: name[2].Span, text: strings.ToLower(name[2].Raw)})
		}
	}
}
