package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/WorkdirRelativePath",
			Title:       "the first WORKDIR of a build stage should be absolute",
			Severity:    hadolintWarning,
			Why:         "A relative path starts at the WORKDIR of the base image, and moves when that changes.",
			Bad:         "FROM alpine:3.20\nWORKDIR app\n",
			Good:        "FROM alpine:3.20\nWORKDIR /app\n",
			Remediation: "write the path from the root: WORKDIR /app",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleWorkdirRelativePath.URL,
		},
		docker: true,
		same:   "DL3000",
		check:  firstWorkdir,
	})
}

func firstWorkdir(p *pass) {
	set := make([]bool, len(p.Stages))
	for _, s := range p.Stages {
		set[s.Index] = s.Base != nil && set[s.Base.Index]
		for _, in := range s.Instructions {
			if in.Keyword != "WORKDIR" || len(in.Args) == 0 {
				continue
			}
			path, err := p.Substitute(in.Args[0].Raw, instructionEnv{in: in})
			if err == nil && !set[s.Index] && relative(path.Value) && len(path.Unset) == 0 {
				p.report(in, in.Args[0].Span, "%s", linter.RuleWorkdirRelativePath.Format(path.Value))
				p.fixWorkdir(in)
			}
			set[s.Index] = true
		}
	}
}
