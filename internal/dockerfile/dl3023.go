package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3023",
			Title:       "COPY --from must not name its own build stage",
			Severity:    hadolintError,
			Why:         "A build stage is not finished while it is being built, so nothing can be copied from it.",
			Bad:         "FROM alpine:3.20 AS build\nCOPY --from=build /a /b\n",
			Good:        "FROM alpine:3.20 AS build\nRUN cp /a /b\n",
			Remediation: "name another build stage, or copy with RUN cp",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3023"),
		},

		check: copyFromItself,
	})
}

func copyFromItself(p *pass) {
	for in := range p.each("COPY") {
		from, ok := in.Flag("from")
		if ok && in.Stage != nil && in.Stage.Name != "" && strings.ToLower(from.Value) == in.Stage.Name {
			p.report(in, from.Span, "%q is the build stage that the instruction is in", from.Value)
		}
	}
}
