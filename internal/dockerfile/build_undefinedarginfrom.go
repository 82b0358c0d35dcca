package dockerfile

import (
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/util/suggest"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/UndefinedArgInFrom",
			Title:       "FROM should use declared variables only",
			Severity:    hadolintWarning,
			Why:         "A variable that no ARG before the first FROM declares is empty there, whatever --build-arg says.",
			Bad:         "ARG VERSION=3.20\nFROM alpine:${VERSON}\n",
			Good:        "ARG VERSION=3.20\nFROM alpine:${VERSION}\n",
			Remediation: "declare the variable with ARG before the first FROM, or correct its name",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleUndefinedArgInFrom.URL,
		},
		docker: true,
		check:  undefinedInFrom,
	})
}

func undefinedInFrom(p *pass) {
	env, declared := p.globals()
	for _, s := range p.Stages {
		words := []syntax.Word{{Raw: s.From.Args[0].Raw, Span: s.From.Args[0].Span}}
		if platform, ok := s.From.Flag("platform"); ok {
			words = append(words, syntax.Word{Raw: platform.Value, Span: platform.Span})
		}
		for _, w := range words {
			substituted, err := p.Substitute(w.Raw, env)
			for _, name := range substituted.Unset {
				if err == nil && !slices.Contains(declared, name) {
					meant, _ := suggest.Search(name, declared, true)
					p.report(s.From, w.Span, "%s", linter.RuleUndefinedArgInFrom.Format(name, meant))
				}
			}
		}
	}
}
