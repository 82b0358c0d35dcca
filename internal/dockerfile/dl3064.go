package dockerfile

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3064",
			Title:       "ARG and ENV must not hold secrets",
			Severity:    hadolintWarning,
			Why:         "Values of ARG and ENV stay in the history and the configuration of the image, where everybody reads them who can pull it.",
			Bad:         "FROM alpine:3.20\nENV DB_PASSWORD=hunter2\n",
			Good:        "FROM alpine:3.20\nRUN --mount=type=secret,id=db_password ./configure\n",
			Remediation: "hand the value over with RUN --mount=type=secret, or when the container starts",
			Controls:    []string{"cis-docker-4.10", "nist-sp-800-190-4.1.4"},
			URL:         wiki("DL3064"),
		},

		check: secretVariables,
	})
}

func secretVariables(p *pass) {
	for in := range p.each("ARG", "ENV") {
		for _, pair := range in.Pairs {
			if secretName(pair.Key) {
				p.report(in, pair.Span, "%s %q is a secret by its name", in.Keyword, pair.Key)
				break
			}
		}
	}
}

// secretName reports whether a variable holds a secret, judging by its name.
func secretName(name string) bool {
	name = strings.ToLower(name)
	known := []string{"aws_access_key_id", "aws_access_key", "azure_storage_key", "encryption_key", "ssh_key"}
	parts := []string{"api_key", "client_key", "password", "private", "secret", "token", "username"}
	return slices.Contains(known, name) || slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) })
}
