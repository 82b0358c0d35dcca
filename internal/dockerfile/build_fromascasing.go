package dockerfile

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/FromAsCasing",
			Title:       "AS should be written in the case of FROM",
			Severity:    hadolintWarning,
			Why:         "Two cases in one line make keywords look like names.",
			Bad:         "FROM alpine:3.20 as build\n",
			Good:        "FROM alpine:3.20 AS build\n",
			Remediation: "write FROM and AS in the same case",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleFromAsCasing.URL,
		},
		docker: true,
		check:  fromAsCasing,
	})
}

func fromAsCasing(p *pass) {
	for _, s := range p.Stages {
		if len(s.From.Args) != 3 {
			continue
		}
		from, as := p.Text(s.From.Name), s.From.Args[1].Raw
		if from == strings.ToLower(from) && as != strings.ToLower(as) || from == strings.ToUpper(from) && as != strings.ToUpper(as) {
			p.report(s.From, s.From.Args[1].Span, "%s", linter.RuleFromAsCasing.Format(from, as))
			want := "AS"
			if from == strings.ToLower(from) {
				want = "as"
			}
			p.fix(edit{at: s.From.Args[1].Span, text: want})
		}
	}
}
