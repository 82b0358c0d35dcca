package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3035",
			Title:       "RUN must not upgrade the distribution with zypper",
			Severity:    hadolintWarning,
			Why:         "dist-upgrade replaces the release underneath everything that was tested, in a layer on top of the one that stays in the image.",
			Bad:         "FROM opensuse/leap:15.6\nRUN zypper -n dist-upgrade\n",
			Good:        "FROM opensuse/leap:15.6\nRUN zypper -n install curl=8.6.0\n",
			Remediation: "begin with the image of the newer release",
			Controls:    []string{"cis-docker-4.4", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3035"),
		},

		check: zypperDistUpgrade,
	})
}

func zypperDistUpgrade(p *pass) {
	for in := range p.each("RUN") {
		for c := range calls(in, "zypper") {
			if c.HasArg("dist-upgrade", "dup") {
				p.report(in, c.Span, "%q upgrades the distribution", shorten(c.String()))
				break
			}
		}
	}
}
