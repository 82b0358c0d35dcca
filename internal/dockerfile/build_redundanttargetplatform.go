package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/RedundantTargetPlatform",
			Title:       "FROM should not set the platform to TARGETPLATFORM",
			Severity:    hadolintWarning,
			Why:         "That is what it is without the flag; who reads it looks for a reason.",
			Bad:         "FROM --platform=$TARGETPLATFORM alpine:3.20\n",
			Good:        "FROM alpine:3.20\n",
			Remediation: "remove the flag",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleRedundantTargetPlatform.URL,
		},
		docker: true,
		same:   "DL3065",
		check:  needlessPlatform,
	})
}

func needlessPlatform(p *pass) {
	env, _ := p.globals()
	for _, s := range p.Stages {
		platform, ok := s.From.Flag("platform")
		substituted, err := p.Substitute(platform.Value, env)
		if ok && err == nil && len(substituted.Used) == 1 && len(substituted.Unset) == 0 &&
			substituted.Used[0] == "TARGETPLATFORM" && substituted.Value == env["TARGETPLATFORM"] {
			p.report(s.From, platform.Span, "%s", linter.RuleRedundantTargetPlatform.Format(platform.Value))
			p.fixPlatform(s.From, platform)
		}
	}
}
