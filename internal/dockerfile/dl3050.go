package dockerfile

import (
	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3050",
			Title:       "an image must have no labels but those of the schema",
			Severity:    hadolintInfo,
			Why:         "A label that nobody agreed on is one that nobody reads, and often a name that was mistyped.",
			Bad:         "FROM alpine:3.20\nLABEL org.opencontainers.image.titel=shop\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.title=shop\n",
			Remediation: "correct the name, add the label to dockerfile.labels, or switch strict-labels off",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3050"),
		},
		check: unlistedLabels,
	})
}

// unlistedLabels finds something only where the configuration is strict.
func unlistedLabels(p *pass) {
	if !p.settings.strictLabels {
		return
	}
	for in := range p.each("LABEL") {
		var unlisted arguments
		for _, pair := range in.Pairs {
			if _, listed := p.settings.labels[pair.Key]; !listed {
				unlisted = append(unlisted, syntax.Word{Value: pair.Key, Span: pair.Span})
			}
		}
		p.reportWords(in, unlisted, "not in the schema of labels: %s")
	}
}
