package dockerfile

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/InvalidDefinitionDescription",
			Title:       "the comment above a build stage or ARG should describe it",
			Severity:    hadolintInfo,
			Why:         "The builder shows such a comment as the description of what follows, if it begins with its name.",
			Bad:         "# Tools for the build.\nARG VERSION=1\nFROM alpine:3.20\n",
			Good:        "# VERSION is what is built.\nARG VERSION=1\nFROM alpine:3.20\n",
			Remediation: "begin the comment with the name, or put an empty comment below it",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleInvalidDefinitionDescription.URL,
		},
		docker: true,
		off:    true,
		check:  definitionDescriptions,
	})
}

func definitionDescriptions(p *pass) {
	for _, in := range p.Instructions {
		var names []string
		switch {
		case in.Refused:
		case in.Keyword == "ARG":
			for _, pair := range in.Pairs {
				names = append(names, pair.Key)
			}
		case in.Keyword == "FROM" && len(in.Args) == 3:
			names = []string{strings.ToLower(in.Args[2].Raw)}
		}
		comments := p.CommentsBefore(in)
		if len(comments) == 0 || len(names) == 0 {
			continue
		}
		comment := comments[len(comments)-1]
		if first, _, _ := strings.Cut(comment.Text, " "); slices.Contains(names, first) {
			continue
		}
		example := names[0]
		if len(names) > 1 {
			example = "<arg_key>"
		}
		p.report(in, in.Arg(), "%s", linter.RuleInvalidDefinitionDescription.Format(in.Keyword, example))
	}
}
