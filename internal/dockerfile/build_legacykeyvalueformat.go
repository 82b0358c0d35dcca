package dockerfile

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/LegacyKeyValueFormat",
			Title:       "ENV and LABEL should be written with an equals sign",
			Severity:    hadolintWarning,
			Why:         "Without it the rest of the line is one value: a second variable becomes part of the first.",
			Bad:         "FROM alpine:3.20\nENV A b C=d\n",
			Good:        "FROM alpine:3.20\nENV A=b C=d\n",
			Remediation: "write NAME=VALUE",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleLegacyKeyValueFormat.URL,
		},
		docker: true,
		check:  legacyFormat,
	})
}

func legacyFormat(p *pass) {
	for _, in := range p.Instructions {
		if (in.Keyword == "ENV" || in.Keyword == "LABEL") && !in.Refused && in.Stage != nil && len(in.Args) > 0 && !strings.Contains(in.Args[0].Raw, "=") {
			p.report(in, in.Arg(), "%s", linter.RuleLegacyKeyValueFormat.Format(p.Text(in.Name)))
			p.fixLegacyPair(in)
		}
	}
}
