package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3041",
			Title:       "dnf install must pin versions",
			Severity:    hadolintWarning,
			Why:         "Without a version the build takes whatever the repository has, so that two builds of one commit differ and a bad release gets in unseen.",
			Bad:         "FROM rockylinux:9\nRUN dnf install -y curl\n",
			Good:        "FROM rockylinux:9\nRUN dnf install -y curl-7.76.1\n",
			Remediation: "write PACKAGE-VERSION, or MODULE:STREAM",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         wiki("DL3041"),
		},

		check: func(p *pass) { p.reportUnpinnedRPMs("dnf", "microdnf") },
	})
}
