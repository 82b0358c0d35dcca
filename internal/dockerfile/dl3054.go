package dockerfile

import (
	"github.com/github/go-spdx/v2/spdxexp"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3054",
			Title:       "labels of type spdx must be SPDX licence expressions",
			Severity:    hadolintWarning,
			Why:         "Programs that check licences know the identifiers of SPDX; another name counts as no licence.",
			Bad:         "FROM alpine:3.20\nLABEL org.opencontainers.image.licenses=Apache2\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.licenses=Apache-2.0\n",
			Remediation: "use the identifiers of https://spdx.org/licenses",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3054"),
		},
		check: func(p *pass) { p.reportLabels("spdx", isLicense, "not a licence expression of SPDX: %s") },
	})
}

// maxLicense is the length of the longest expression that is read; the parser
// calls itself for each parenthesis.
const maxLicense = 1000

func isLicense(s string) bool {
	if len(s) > maxLicense {
		return false
	}
	valid, _ := spdxexp.ValidateLicenses([]string{s})
	return valid
}
