package dockerfile

import (
	"regexp"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3000",
			Title:       "WORKDIR must be an absolute path",
			Severity:    hadolintError,
			Why:         "A relative WORKDIR depends on the one before it, which may be in the base image, and moves when that changes.",
			Bad:         "FROM alpine:3.20\nWORKDIR app\n",
			Good:        "FROM alpine:3.20\nWORKDIR /app\n",
			Remediation: "write the path from the root: WORKDIR /app",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3000"),
		},
		check: relativeWorkdir,
	})
}

// drive is the beginning of an absolute path on Windows.
var drive = regexp.MustCompile(`^[A-Za-z]:`)

func relativeWorkdir(p *pass) {
	for in := range p.each("WORKDIR") {
		if len(in.Args) == 0 {
			continue
		}
		if path := strings.Trim(in.Args[0].Raw, `"'`); relative(path) {
			p.report(in, in.Args[0].Span, "WORKDIR %q is a relative path", path)
			p.fixWorkdir(in)
		}
	}
}

// relative reports whether a path is neither from the root, nor of a drive,
// nor from a variable.
func relative(path string) bool {
	return !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "$") && !drive.MatchString(path)
}
