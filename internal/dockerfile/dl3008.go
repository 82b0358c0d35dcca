package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3008",
			Title:       "apt-get install must pin versions",
			Severity:    hadolintWarning,
			Why:         "Without a version the build takes whatever the mirror has, so that two builds of one commit differ and a bad release gets in unseen.",
			Bad:         "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
			Good:        "FROM debian:12\nRUN apt-get update && apt-get install -y curl=7.88.1-10\n",
			Remediation: "write PACKAGE=VERSION for each package",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.1"},
			URL:         wiki("DL3008"),
		},
		check: func(p *pass) {
			for in := range p.each("RUN") {
				p.reportWords(in, unpinnedAptPackages(in), "apt-get installs %s without a version")
			}
		},
	})
}

func unpinnedAptPackages(in *syntax.Instruction) arguments {
	var unpinned arguments
	for c := range calls(in, "apt-get") {
		if !c.HasArg("install") {
			continue
		}
		for _, w := range c.Operands(aptValued...) {
			if w.Value != "install" && !strings.ContainsAny(w.Value, "=/") && !strings.HasSuffix(w.Value, ".deb") {
				unpinned = append(unpinned, w)
			}
		}
	}
	return unpinned
}
