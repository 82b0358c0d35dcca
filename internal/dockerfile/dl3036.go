package dockerfile

import (
	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3036",
			Title:       "zypper install must be followed by zypper clean",
			Severity:    hadolintWarning,
			Why:         "Packages and metadata that were fetched stay in the layer, make the image larger and are out of date by the time anybody uses them.",
			Bad:         "FROM opensuse/leap:15.6\nRUN zypper -n install curl=8.6.0\n",
			Good:        "FROM opensuse/leap:15.6\nRUN zypper -n install curl=8.6.0 && zypper clean\n",
			Remediation: "end the same RUN with zypper clean, or mount a cache over /var/cache/zypp",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3036"),
		},

		check: zypperCache,
	})
}

func zypperCache(p *pass) {
	for in := range p.each("RUN") {
		if volatile(in, "/var/cache/zypp") {
			continue
		}
		p.reportLeft(in, func(c syntax.Command) bool {
			return c.Program() == "zypper" && c.HasArg("install", "in")
		}, func(_, c syntax.Command) bool {
			return c.Program() == "zypper" && c.HasArg("clean", "cc") || removes(c, "/var/cache/zypp")
		}, "clean")
	}
}
