package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL4000",
			Title:       "MAINTAINER must not be used",
			Severity:    hadolintError,
			Why:         "The instruction is deprecated, and tools that read the labels of an image do not see it.",
			Bad:         "FROM alpine:3.20\nMAINTAINER jane@example.com\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.authors=\"jane@example.com\"\n",
			Remediation: "write LABEL org.opencontainers.image.authors=… in its place",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL4000"),
		},
		check: func(p *pass) {
			for in := range p.each("MAINTAINER") {
				p.reportWords(in, in.Args, "MAINTAINER %s is deprecated")
				p.fixMaintainer(in)
			}
		},
	})
}
