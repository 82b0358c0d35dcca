package dockerfile

import (
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3066",
			Title:       "USER should be a number",
			Severity:    hadolintInfo,
			Why:         "Kubernetes cannot tell whether a name is root: a pod with runAsNonRoot does not start from such an image.",
			Bad:         "FROM alpine:3.20\nUSER app\n",
			Good:        "FROM alpine:3.20\nUSER 10001\n",
			Remediation: "write the user id",
			Controls:    []string{"cis-docker-4.1", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3066"),
		},

		check: namedUsers,
	})
}

func namedUsers(p *pass) {
	args := p.names("ARG")
	for in := range p.each("USER") {
		if len(in.Args) == 0 {
			continue
		}
		user, _, _ := strings.Cut(in.Args[0].Value, ":")
		if _, err := strconv.ParseUint(user, 10, 64); err != nil && !args[variableName(user)] {
			p.report(in, in.Args[0].Span, "USER %q is not a number", in.Args[0].Value)
		}
	}
}
