package dockerfile

import (
	"fmt"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/ParseError",
			Title:       "BuildKit must accept the Dockerfile",
			Severity:    gate.Critical, // whatever the threshold: the file was not checked as a whole
			Why:         "A Dockerfile that the builder refuses cannot be built, and what stands in the part that was not understood was not checked.",
			Bad:         "FROM alpine:3.20\nRUNN echo hello\n",
			Good:        "FROM alpine:3.20\nRUN echo hello\n",
			Remediation: "correct the instruction as the message says; docker build --check shows the same fault",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/reference/dockerfile/",
		},
		mandatory: true,
		check:     parseErrors,
	})
}

// maxParseErrors is how many findings a file gets that is perhaps no
// Dockerfile at all.
const maxParseErrors = 10

func parseErrors(p *pass) {
	var faults []syntax.Fault
	for _, f := range p.Faults {
		if !f.Script {
			faults = append(faults, f)
		}
	}
	for i, f := range faults {
		if more := len(faults) - i - 1; i+1 == maxParseErrors && more > 0 {
			f.Message += fmt.Sprintf("; %d more places of the file are refused", more)
			p.reportFault(f)
			return
		}
		p.reportFault(f)
	}
}
