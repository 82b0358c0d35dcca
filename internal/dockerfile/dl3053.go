package dockerfile

import (
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3053",
			Title:       "labels of type rfc3339 must be times of RFC 3339",
			Severity:    hadolintWarning,
			Why:         "Programs that sort and expire images by the label cannot read another form.",
			Bad:         "FROM alpine:3.20\nLABEL org.opencontainers.image.created=2026-05-04\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.created=2026-05-04T03:02:01Z\n",
			Remediation: "write date, time and zone: 2026-05-04T03:02:01Z",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3053"),
		},
		check: func(p *pass) { p.reportLabels("rfc3339", isTime, "not a time of RFC 3339: %s") },
	})
}

func isTime(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}
