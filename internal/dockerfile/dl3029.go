package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3029",
			Title:       "FROM must not fix the platform",
			Severity:    hadolintWarning,
			Why:         "The image is then of that platform whatever the build asks for: on another one it is emulated, or does not start.",
			Bad:         "FROM --platform=linux/amd64 debian:12\n",
			Good:        "FROM --platform=$BUILDPLATFORM debian:12\n",
			Remediation: "leave --platform out, or take it from $BUILDPLATFORM",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3029"),
		},

		check: fixedPlatform,
	})
}

func fixedPlatform(p *pass) {
	for _, s := range p.Stages {
		platform, ok := s.From.Flag("platform")
		if ok && !strings.Contains(platform.Value, "BUILDPLATFORM") && !strings.Contains(platform.Value, "TARGETPLATFORM") {
			p.report(s.From, platform.Span, "FROM fixes the platform to %q", platform.Value)
		}
	}
}
