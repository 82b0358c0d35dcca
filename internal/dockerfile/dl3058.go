package dockerfile

import (
	"net/mail"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3058",
			Title:       "labels of type email must be e-mail addresses",
			Severity:    hadolintWarning,
			Why:         "Whoever has to report a fault of the image writes to the address.",
			Bad:         "FROM alpine:3.20\nLABEL maintainer=Jane\n",
			Good:        "FROM alpine:3.20\nLABEL maintainer=jane@example.com\n",
			Remediation: "write the address alone: jane@example.com",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3058"),
		},
		check: func(p *pass) { p.reportLabels("email", isAddress, "not an e-mail address: %s") },
	})
}

func isAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}
