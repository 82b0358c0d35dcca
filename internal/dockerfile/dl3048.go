package dockerfile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3048",
			Title:       "label keys must be valid",
			Severity:    hadolintInfo,
			Why:         "Tools that read labels expect the form that Docker documents; other keys are overlooked, and those of Docker's own name spaces may clash.",
			Bad:         "FROM alpine:3.20\nLABEL com.docker.team=shop\n",
			Good:        "FROM alpine:3.20\nLABEL com.example.team=shop\n",
			Remediation: "use lower-case letters, digits, single dots and dashes, beginning with your own domain",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3048"),
		},

		check: invalidLabelKeys,
	})
}

// labelKey is the form of a key: it begins with a letter and does not end in a
// separator, and no two of those stand together.
var labelKey = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$`)

func invalidLabelKeys(p *pass) {
	for in := range p.each("LABEL") {
		for _, pair := range in.Pairs {
			reserved := slices.ContainsFunc([]string{"com.docker.", "io.docker.", "org.dockerproject."}, func(ns string) bool {
				return strings.HasPrefix(pair.Key, ns)
			})
			if reserved || !labelKey.MatchString(pair.Key) {
				p.report(in, pair.Span, "the label key %q is not valid", pair.Key)
				break
			}
		}
	}
}
