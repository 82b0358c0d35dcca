package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3034",
			Title:       "zypper must not ask",
			Severity:    hadolintWarning,
			Why:         "Nobody can answer during a build: without the flag the command stops at its question.",
			Bad:         "FROM opensuse/leap:15.6\nRUN zypper install curl=8.6.0\n",
			Good:        "FROM opensuse/leap:15.6\nRUN zypper --non-interactive install curl=8.6.0\n",
			Remediation: "add --non-interactive",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3034"),
		},

		check: func(p *pass) {
			p.reportAsking([]string{"zypper"}, []string{"install", "in", "remove", "rm", "patch", "source-install", "si"}, "n", "non-interactive", "y", "no-confirm")
		},
	})
}
