package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3065",
			Title:       "FROM must not name the platform that it has anyway",
			Severity:    hadolintWarning,
			Why:         "The target platform is what FROM takes by itself; to name it says nothing and hides where a build crosses platforms.",
			Bad:         "FROM --platform=$TARGETPLATFORM debian:12\n",
			Good:        "FROM debian:12\n",
			Remediation: "leave --platform out",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3065"),
		},

		check: redundantPlatform,
	})
}

func redundantPlatform(p *pass) {
	for _, s := range p.Stages {
		if platform, ok := s.From.Flag("platform"); ok && (platform.Value == "$TARGETPLATFORM" || platform.Value == "${TARGETPLATFORM}") {
			p.report(s.From, platform.Span, "%q is the platform without the flag as well", platform.Value)
			p.fixPlatform(s.From, platform)
		}
	}
}
