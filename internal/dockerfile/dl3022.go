package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3022",
			Title:       "COPY --from must name an earlier build stage or an image",
			Severity:    hadolintWarning,
			Why:         "A name that is no build stage is taken for an image and fetched from a registry: a typing error becomes somebody else's files.",
			Bad:         "FROM alpine:3.20\nCOPY --from=build /app /app\n",
			Good:        "FROM golang:1.23 AS build\nFROM alpine:3.20\nCOPY --from=build /app /app\n",
			Remediation: "name a build stage that stands above, or an image with its tag",
			Controls:    []string{"cis-docker-4.2", "nist-sp-800-190-4.1.5"},
			URL:         wiki("DL3022"),
		},

		check: copyFromUnknown,
	})
}

func copyFromUnknown(p *pass) {
	for in := range p.each("COPY") {
		from, ok := in.Flag("from")
		if ok && !strings.Contains(from.Value, ":") && p.Earlier(in, from.Value) == nil {
			p.report(in, from.Span, "%q is no earlier build stage", from.Value)
		}
	}
}
