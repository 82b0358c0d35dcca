package dockerfile

import (
	"iter"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/ExposeProtoCasing",
			Title:       "the protocol of EXPOSE should be in lower case",
			Severity:    hadolintWarning,
			Why:         "Programs that read the image compare the protocol as it stands.",
			Bad:         "FROM alpine:3.20\nEXPOSE 80/TCP\n",
			Good:        "FROM alpine:3.20\nEXPOSE 80/tcp\n",
			Remediation: "write tcp, udp or sctp",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleExposeProtoCasing.URL,
		},
		docker: true,
		check:  exposeCasing,
	})
}

func exposeCasing(p *pass) {
	for in := range exposes(p) {
		for _, port := range in.Args {
			if _, protocol, _ := strings.Cut(port.Value, "/"); protocol != strings.ToLower(protocol) && !strings.Contains(port.Value, "$") {
				p.report(in, port.Span, "%s", linter.RuleExposeProtoCasing.Format(port.Value))
				p.fix(edit{at: port.Span, text: strings.ToLower(port.Raw)})
			}
		}
	}
}

// exposes yields the EXPOSE instructions of the build stages.
func exposes(p *pass) iter.Seq[*syntax.Instruction] {
	return func(yield func(*syntax.Instruction) bool) {
		for _, in := range p.Instructions {
			if in.Keyword == "EXPOSE" && in.Stage != nil && !in.Refused && !yield(in) {
				return
			}
		}
	}
}
