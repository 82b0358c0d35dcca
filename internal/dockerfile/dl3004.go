package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3004",
			Title:       "RUN must not use sudo",
			Severity:    hadolintError,
			Why:         "sudo starts a second process that swallows signals and keeps a way to root in the image; a build says who runs what with USER.",
			Bad:         "FROM debian:12\nRUN sudo mkdir /app\n",
			Good:        "FROM debian:12\nUSER root\nRUN mkdir /app\n",
			Remediation: "put USER root before the instruction and USER with the unprivileged user after it",
			Controls:    []string{"cis-docker-4.1", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3004"),
		},
		check: func(p *pass) { p.reportCalls("RUN calls %q", "sudo") },
	})
}
