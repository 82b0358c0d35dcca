package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/FromPlatformFlagConstDisallowed",
			Title:       "FROM should not fix the platform",
			Severity:    hadolintWarning,
			Why:         "The image cannot be built for another platform, and on another machine it runs in an emulator.",
			Bad:         "FROM --platform=linux/amd64 alpine:3.20\n",
			Good:        "FROM --platform=$BUILDPLATFORM alpine:3.20\n",
			Remediation: "leave the flag out, use $BUILDPLATFORM, or name the build stage after the platform",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleFromPlatformFlagConstDisallowed.URL,
		},
		docker: true,
		same:   "DL3029",
		check:  constantPlatform,
	})
}

// constantPlatform leaves alone build stages that are named after the platform.
func constantPlatform(p *pass) {
	env, _ := p.globals()
	for _, s := range p.Stages {
		platform, ok := s.From.Flag("platform")
		substituted, err := p.Substitute(platform.Value, env)
		if !ok || err != nil || len(substituted.Used)+len(substituted.Unset) > 0 || substituted.Value == "" {
			continue
		}
		parts := strings.Split(substituted.Value, "/")
		named := slices.ContainsFunc(parts[:min(2, len(parts))], func(part string) bool { return strings.Contains(s.Name, part) })
		if !named {
			p.report(s.From, platform.Span, "%s", linter.RuleFromPlatformFlagConstDisallowed.Format(substituted.Value))
		}
	}
}
