package dockerfile

import (
	"slices"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3040",
			Title:       "dnf install must be followed by dnf clean all",
			Severity:    hadolintWarning,
			Why:         "Packages and metadata that were fetched stay in the layer, make the image larger and are out of date by the time anybody uses them.",
			Bad:         "FROM rockylinux:9\nRUN dnf install -y curl-7.76.1\n",
			Good:        "FROM rockylinux:9\nRUN dnf install -y curl-7.76.1 && dnf clean all\n",
			Remediation: "end the same RUN with dnf clean all, or mount a cache over /var/cache/libdnf5",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3040"),
		},

		check: dnfCache,
	})
}

func dnfCache(p *pass) {
	for in := range p.each("RUN") {
		if volatile(in, "/var/cache/libdnf5") {
			continue
		}
		p.reportLeft(in, func(c syntax.Command) bool {
			return slices.Contains([]string{"dnf", "microdnf"}, c.Program()) && c.HasArg(dnfFetches...)
		}, func(install, c syntax.Command) bool {
			return c.Program() == install.Program() && c.HasArg("clean") && c.HasArg("all") ||
				removes(c, "/var/cache/libdnf5") || removes(c, "/var/cache/yum")
		}, "clean all")
	}
}

// dnfFetches are the subcommands that fetch packages.
var dnfFetches = []string{"install", "in", "upgrade", "up", "upgrade-minimal", "up-min", "reinstall", "rei"}
