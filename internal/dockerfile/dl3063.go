package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3063",
			Title:       "a build stage must not have a reserved name",
			Severity:    hadolintWarning,
			Why:         "scratch and context mean something else to the builder, so the build stage cannot be named, or is taken for the other.",
			Bad:         "FROM alpine:3.20 AS context\n",
			Good:        "FROM alpine:3.20 AS build\n",
			Remediation: "give the build stage another name",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3063"),
		},

		check: reservedStageNames,
	})
}

func reservedStageNames(p *pass) {
	for _, s := range p.Stages {
		if s.Name == "scratch" || s.Name == "context" {
			p.report(s.From, s.From.Args[2].Span, "%q is a reserved name", s.Name)
		}
	}
}
