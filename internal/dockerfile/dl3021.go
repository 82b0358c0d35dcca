package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3021",
			Title:       "COPY of several sources must end in a slash",
			Severity:    hadolintError,
			Why:         "Several files can only go into a folder; without a slash at its end the destination is taken for a file, and the build fails.",
			Bad:         "FROM alpine:3.20\nCOPY a b /srv\n",
			Good:        "FROM alpine:3.20\nCOPY a b /srv/\n",
			Remediation: "put a slash at the end of the destination",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3021"),
		},

		check: copyWithoutSlash,
	})
}

func copyWithoutSlash(p *pass) {
	for in := range p.each("COPY") {
		if n := len(in.Args); n > 2 && !strings.HasSuffix(in.Args[n-1].Value, "/") {
			dst := in.Args[n-1]
			p.report(in, dst.Span, "COPY of %d sources to %q, which does not end in a slash", n-1, dst.Value)
			if dst.Raw == dst.Value && !strings.Contains(dst.Raw, "$") {
				p.fix(after(dst, "/"))
			}
		}
	}
}
