package dockerfile

import (
	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL4001",
			Title:       "a build stage must use either curl or wget",
			Severity:    hadolintWarning,
			Why:         "Two tools for one purpose make the image larger and have to be patched both.",
			Bad:         "FROM alpine:3.20\nRUN wget https://example.com/a\nRUN curl -O https://example.com/b\n",
			Good:        "FROM alpine:3.20\nRUN curl -O https://example.com/a -O https://example.com/b\n",
			Remediation: "use the one that is there already",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL4001"),
		},

		check: curlAndWget,
	})
}

// curlAndWget reports each RUN that uses one of the two, from the one on that
// makes it two.
func curlAndWget(p *pass) {
	for _, stage := range p.Stages {
		for _, instructions := range sequences(stage) {
			used := map[string]bool{}
			for _, in := range instructions {
				var last *syntax.Command
				for c := range calls(in, "curl", "wget") {
					used[c.Program()], last = true, &c
				}
				if last != nil && len(used) == 2 {
					p.report(in, last.Words[0].Span, "%q is used although the build stage uses both curl and wget", last.Program())
				}
			}
		}
	}
}
