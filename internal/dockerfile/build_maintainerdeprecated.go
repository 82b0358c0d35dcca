package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/MaintainerDeprecated",
			Title:       "MAINTAINER should be a label",
			Severity:    hadolintWarning,
			Why:         "MAINTAINER is deprecated; programs that look for the author read the label.",
			Bad:         "FROM alpine:3.20\nMAINTAINER jane@example.com\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.authors=jane@example.com\n",
			Remediation: "use LABEL org.opencontainers.image.authors",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleMaintainerDeprecated.URL,
		},
		docker: true,
		same:   "DL4000",
		check:  deprecatedMaintainer,
	})
}

func deprecatedMaintainer(p *pass) {
	for _, in := range p.Instructions {
		if in.Keyword == "MAINTAINER" {
			p.report(in, in.Name, "%s", linter.RuleMaintainerDeprecated.Format())
			p.fixMaintainer(in)
		}
	}
}
