package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3038",
			Title:       "dnf install must not ask",
			Severity:    hadolintWarning,
			Why:         "Nobody can answer during a build: without the flag the command stops at its question.",
			Bad:         "FROM rockylinux:9\nRUN dnf install curl-7.76.1\n",
			Good:        "FROM rockylinux:9\nRUN dnf install -y curl-7.76.1\n",
			Remediation: "add -y",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3038"),
		},

		check: func(p *pass) {
			p.reportAsking([]string{"dnf", "microdnf"}, []string{"install", "in", "groupinstall", "localinstall"}, "y", "assumeyes")
		},
	})
}
