package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/ReservedStageName",
			Title:       "a build stage should not have a reserved name",
			Severity:    hadolintWarning,
			Why:         "scratch and context mean something else to the builder.",
			Bad:         "FROM alpine:3.20 AS scratch\n",
			Good:        "FROM alpine:3.20 AS build\n",
			Remediation: "give the build stage another name",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleReservedStageName.URL,
		},
		docker: true,
		same:   "DL3063",
		check:  reservedNames,
	})
}

func reservedNames(p *pass) {
	for _, s := range p.Stages {
		if s.Name == "scratch" || s.Name == "context" {
			p.report(s.From, s.From.Args[2].Span, "%s", linter.RuleReservedStageName.Format(s.Name))
		}
	}
}
