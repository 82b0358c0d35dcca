package dockerfile

import (
	"cmp"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6013",
			Title:       "instructions must not contain secrets",
			Severity:    gate.High,
			Why:         "The text of every instruction stays in the history of the image, and the file in that of the repository: whoever reads one of them has the secret, also after it was removed.",
			Bad:         "FROM alpine:3.20\nRUN wget -q https://build:correct-horse@files.example.com/data.bin\n",
			Good:        "FROM alpine:3.20\nRUN --mount=type=secret,id=netrc,target=/root/.netrc wget -q https://files.example.com/data.bin\n",
			Remediation: "revoke the secret, and hand a new one over with RUN --mount=type=secret or when the container starts",
			Controls:    []string{"cis-docker-4.10", "nist-sp-800-190-4.1.4"},
			URL:         "https://docs.docker.com/build/building/secrets/",
		},
		check: secretValues,
	})
}

// secretValues names the kind of a secret, and nothing of its text.
func secretValues(p *pass) {
	for _, s := range p.secrets {
		i, _ := slices.BinarySearchFunc(p.Instructions, s.span.Start, func(in *syntax.Instruction, at int) int {
			return cmp.Compare(in.Span.End, at)
		})
		if i == len(p.Instructions) || p.Instructions[i].Span.Start > s.span.Start {
			continue // no instruction, but a line that BuildKit refuses
		}
		p.report(p.Instructions[i], s.span, "%s contains %s", p.Instructions[i].Keyword, s.kind)
	}
}
