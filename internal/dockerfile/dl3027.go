package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3027",
			Title:       "RUN must use apt-get or apt-cache in place of apt",
			Severity:    hadolintWarning,
			Why:         "apt is made for people at a terminal: its options and output change between releases, and it warns of that itself.",
			Bad:         "FROM debian:12\nRUN apt install -y curl=7.88.1-10\n",
			Good:        "FROM debian:12\nRUN apt-get install -y curl=7.88.1-10\n",
			Remediation: "write apt-get or apt-cache",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3027"),
		},

		check: func(p *pass) { p.reportCalls("RUN calls %q", "apt") },
	})
}
