package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/DuplicateStageName",
			Title:       "names of build stages should be unique",
			Severity:    hadolintWarning,
			Why:         "COPY --from and --target take one of the build stages of that name, and not the one that was meant.",
			Bad:         "FROM alpine:3.20 AS a\nFROM debian:12 AS a\n",
			Good:        "FROM alpine:3.20 AS a\nFROM debian:12 AS b\n",
			Remediation: "give each build stage a name of its own",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleDuplicateStageName.URL,
		},
		docker: true,
		same:   "DL3024",
		check:  duplicateStageNames,
	})
}

func duplicateStageNames(p *pass) {
	seen := map[string]bool{}
	for _, s := range p.Stages {
		if s.Name != "" && seen[s.Name] {
			p.report(s.From, s.From.Args[2].Span, "%s", linter.RuleDuplicateStageName.Format(s.Name))
		}
		seen[s.Name] = true
	}
}
