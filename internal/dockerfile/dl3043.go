package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3043",
			Title:       "ONBUILD must not hold ONBUILD, FROM or MAINTAINER",
			Severity:    hadolintError,
			Why:         "The builder refuses these as a trigger, so nothing can be built from the image.",
			Bad:         "FROM alpine:3.20\nONBUILD MAINTAINER jane@example.com\n",
			Good:        "FROM alpine:3.20\nONBUILD LABEL maintainer=jane@example.com\n",
			Remediation: "leave the trigger out",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3043"),
		},

		same:  "build/ParseError",
		check: forbiddenTriggers,
	})
}

func forbiddenTriggers(p *pass) {
	for in := range p.each("ONBUILD", "FROM", "MAINTAINER") {
		if in.Outer != nil {
			p.report(in, in.Name, "ONBUILD of %q", in.Keyword)
		}
	}
}
