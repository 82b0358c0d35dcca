package dockerfile

import (
	"net/url"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3052",
			Title:       "labels of type url must be URLs",
			Severity:    hadolintWarning,
			Why:         "People and programs follow the address; one that is not complete leads nowhere.",
			Bad:         "FROM alpine:3.20\nLABEL org.opencontainers.image.source=acme/shop\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.source=https://example.com/acme/shop\n",
			Remediation: "write the whole URL, with its scheme",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3052"),
		},
		check: func(p *pass) { p.reportLabels("url", isURL, "not a URL: %s") },
	})
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && u.Host+u.Opaque+u.Path != ""
}
