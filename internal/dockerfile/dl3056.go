package dockerfile

import (
	"github.com/Masterminds/semver/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3056",
			Title:       "labels of type semver must be semantic versions",
			Severity:    hadolintWarning,
			Why:         "Programs that compare versions cannot place another form.",
			Bad:         "FROM alpine:3.20\nLABEL org.opencontainers.image.version=1.4\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.version=1.4.0\n",
			Remediation: "write major, minor and patch: 1.4.0",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3056"),
		},
		check: func(p *pass) { p.reportLabels("semver", isVersion, "not a semantic version: %s") },
	})
}

func isVersion(s string) bool {
	_, err := semver.StrictNewVersion(s)
	return err == nil
}
