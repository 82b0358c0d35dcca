package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL1001",
			Title:       "Dockerfiles must not ignore rules in comments",
			Severity:    hadolintInfo,
			Why:         "A comment that switches a rule off is written by whoever the rule is meant to check, and is easily overlooked in a review.",
			Bad:         "FROM alpine:3.20\n# hadolint ignore=DL3000\nWORKDIR app\n",
			Good:        "FROM alpine:3.20\nWORKDIR /app\n",
			Remediation: "correct what the rule finds, or ignore it in the configuration",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL1001"),
		},
		off:   true,
		check: ignorePragmas,
	})
}

// ignorePragmas looks at pragmas for one instruction; the others stand where
// they are seen.
func ignorePragmas(p *pass) {
	for _, c := range p.Comments {
		if m := pragmaForm.FindStringSubmatch(c.Text); m != nil && m[1] == "" {
			p.report(&syntax.Instruction{Span: c.Span, Text: p.Text(c.Span)}, c.Span, "the comment ignores %q", strings.TrimSpace(m[2]))
		}
	}
}
