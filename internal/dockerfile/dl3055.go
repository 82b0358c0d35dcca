package dockerfile

import (
	"regexp"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3055",
			Title:       "labels of type hash must be hashes of a commit",
			Severity:    hadolintWarning,
			Why:         "Only the hash says which source the image was made from; a branch or tag moves.",
			Bad:         "FROM alpine:3.20\nLABEL org.opencontainers.image.revision=main\n",
			Good:        "FROM alpine:3.20\nLABEL org.opencontainers.image.revision=2f8d14e0a3b95c6d7e8f90a1b2c3d4e5f6071829\n",
			Remediation: "write all 40 digits of the hash, or the first 7",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3055"),
		},
		check: func(p *pass) { p.reportLabels("hash", commitHash.MatchString, "not the hash of a commit: %s") },
	})
}

var commitHash = regexp.MustCompile(`^(?:[0-9a-f]{7}|[0-9a-f]{40})$`)
