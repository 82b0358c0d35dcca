package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3007",
			Title:       "FROM must not use the tag latest",
			Severity:    hadolintWarning,
			Why:         "The tag latest moves with every release, so that a build may break or change without a change to the Dockerfile.",
			Bad:         "FROM debian:latest\n",
			Good:        "FROM debian:12\n",
			Remediation: "name the release that you build against, or add a digest",
			Controls:    []string{"cis-docker-4.2", "nist-sp-800-190-4.1.5"},
			URL:         wiki("DL3007"),
		},
		check: func(p *pass) {
			for _, s := range p.Stages {
				if s.Image.Tag == "latest" && s.Image.Digest == "" {
					p.report(s.From, s.From.Args[0].Span, "image %q moves with every release", s.From.Args[0].Value)
				}
			}
		},
	})
}
