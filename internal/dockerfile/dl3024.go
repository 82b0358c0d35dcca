package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3024",
			Title:       "names of build stages must be unique",
			Severity:    hadolintError,
			Why:         "Where two build stages have one name, COPY --from and FROM mean the later one, whatever was meant.",
			Bad:         "FROM alpine:3.20 AS build\nFROM debian:12 AS build\n",
			Good:        "FROM alpine:3.20 AS build\nFROM debian:12 AS run\n",
			Remediation: "give the second build stage another name",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3024"),
		},

		check: repeatedStageNames,
	})
}

func repeatedStageNames(p *pass) {
	lines := map[string]int{}
	for _, s := range p.Stages {
		if line := lines[s.Name]; s.Name != "" && line > 0 {
			p.report(s.From, s.From.Args[2].Span, "%q is the name of the build stage of line %d already", s.Name, line)
			continue
		}
		lines[s.Name] = p.Range(s.From.Span).Line
	}
}
