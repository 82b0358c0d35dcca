package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3051",
			Title:       "labels of the schema must not be empty",
			Severity:    hadolintWarning,
			Why:         "An empty label passes for one that is there, and tells nothing.",
			Bad:         "FROM alpine:3.20\nLABEL org.opencontainers.image.title=\"\"\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.title=shop\n",
			Remediation: "give the label a value",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3051"),
		},
		check: func(p *pass) {
			p.reportLabels("", func(value string) bool { return value != "" }, "the label is empty: %s")
		},
	})
}
