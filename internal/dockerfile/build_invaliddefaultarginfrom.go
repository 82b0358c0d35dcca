package dockerfile

import (
	image "github.com/distribution/reference"
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/InvalidDefaultArgInFrom",
			Title:       "FROM should name an image with the defaults of its variables",
			Severity:    hadolintWarning,
			Why:         "A build without --build-arg fails, and programs that read the file do not know the image.",
			Bad:         "ARG TAG\nFROM alpine:${TAG}\n",
			Good:        "ARG TAG=3.20\nFROM alpine:${TAG}\n",
			Remediation: "give the ARG a default that makes the name of an image",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleInvalidDefaultArgInFrom.URL,
		},
		docker: true,
		check:  invalidDefault,
	})
}

func invalidDefault(p *pass) {
	env, _ := p.globals()
	for _, s := range p.Stages {
		base := s.From.Args[0]
		substituted, err := p.Substitute(base.Raw, env)
		if err != nil {
			return // so does the builder
		}
		if _, err := image.ParseNormalizedNamed(substituted.Value); err != nil {
			p.report(s.From, base.Span, "%s", linter.RuleInvalidDefaultArgInFrom.Format(base.Raw))
		}
	}
}
