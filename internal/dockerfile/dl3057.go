package dockerfile

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3057",
			Title:       "a build stage must have a HEALTHCHECK",
			Severity:    hadolintInfo,
			Why:         "Without one an engine takes a container that hangs for one that works, and does not replace it.",
			Bad:         "FROM alpine:3.20\nCMD [\"/app\"]\n",
			Good:        "FROM alpine:3.20\nHEALTHCHECK CMD [\"/app\", \"--health\"]\nCMD [\"/app\"]\n",
			Remediation: "add HEALTHCHECK with a command that fails when the program does not answer",
			Controls:    []string{"cis-docker-4.6"},
			URL:         wiki("DL3057"),
		},
		off:   true,
		check: missingHealthcheck,
	})
}

func missingHealthcheck(p *pass) {
	healthy := make([]bool, len(p.Stages))
	for _, s := range p.Stages {
		healthy[s.Index] = s.Base != nil && healthy[s.Base.Index] ||
			slices.ContainsFunc(s.Instructions, func(in *syntax.Instruction) bool { return in.Keyword == "HEALTHCHECK" })
		if !healthy[s.Index] {
			p.report(s.From, s.From.Name, "the build stage %q has no HEALTHCHECK", cmp.Or(s.Name, strconv.Itoa(s.Index)))
		}
	}
}
