package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3037",
			Title:       "zypper install must pin versions",
			Severity:    hadolintWarning,
			Why:         "Without a version the build takes whatever the repository has, so that two builds of one commit differ and a bad release gets in unseen.",
			Bad:         "FROM opensuse/leap:15.6\nRUN zypper -n install curl\n",
			Good:        "FROM opensuse/leap:15.6\nRUN zypper -n install curl=8.6.0\n",
			Remediation: "write PACKAGE=VERSION",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         wiki("DL3037"),
		},

		check: func(p *pass) {
			for in := range p.each("RUN") {
				p.reportWords(in, unpinnedZypperPackages(in), "zypper installs %s without a version")
			}
		},
	})
}

func unpinnedZypperPackages(in *syntax.Instruction) arguments {
	var unpinned arguments
	for c := range calls(in, "zypper") {
		for _, w := range installed(c, zypperValued, "install", "in") {
			if !strings.ContainsAny(w.Value, "=<>~") && !strings.HasSuffix(w.Value, ".rpm") {
				unpinned = append(unpinned, w)
			}
		}
	}
	return unpinned
}

// zypperValued are the flags of zypper whose value is the next argument.
var zypperValued = []string{"r", "repo", "from", "t", "type", "R", "root", "p", "plus-repo", "D", "reposd-dir", "C", "cache-dir"}
