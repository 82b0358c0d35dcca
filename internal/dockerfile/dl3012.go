package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3012",
			Title:       "a build stage must have one HEALTHCHECK",
			Severity:    hadolintError,
			Why:         "Only the last HEALTHCHECK of a build stage counts; the ones before it do nothing and mislead whoever reads them.",
			Bad:         "FROM alpine:3.20\nHEALTHCHECK CMD [\"/a\"]\nHEALTHCHECK CMD [\"/b\"]\n",
			Good:        "FROM alpine:3.20\nHEALTHCHECK CMD [\"/b\"]\n",
			Remediation: "keep the one that is meant",
			Controls:    []string{"cis-docker-4.6"},
			URL:         wiki("DL3012"),
		},

		check: func(p *pass) { p.reportRepeated("HEALTHCHECK") },
	})
}
