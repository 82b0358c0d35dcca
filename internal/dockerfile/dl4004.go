package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL4004",
			Title:       "a build stage must have one ENTRYPOINT",
			Severity:    hadolintError,
			Why:         "Only the last ENTRYPOINT of a build stage counts; the ones before it do nothing and mislead whoever reads them.",
			Bad:         "FROM alpine:3.20\nENTRYPOINT [\"/a\"]\nENTRYPOINT [\"/b\"]\n",
			Good:        "FROM alpine:3.20\nENTRYPOINT [\"/b\"]\n",
			Remediation: "keep the one that is meant",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL4004"),
		},

		check: func(p *pass) { p.reportRepeated("ENTRYPOINT") },
	})
}
