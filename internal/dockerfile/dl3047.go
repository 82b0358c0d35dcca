package dockerfile

import (
	"slices"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3047",
			Title:       "wget must not fill the log with its progress",
			Severity:    hadolintInfo,
			Why:         "wget writes a line for every 50 KiB when there is no terminal, so that what matters in the log of a build is lost.",
			Bad:         "FROM debian:12\nRUN wget https://example.com/a\n",
			Good:        "FROM debian:12\nRUN wget --progress=dot:giga https://example.com/a\n",
			Remediation: "add --progress=dot:giga, or -q",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3047"),
		},

		check: loudWget,
	})
}

func loudWget(p *pass) {
	for in := range p.each("RUN") {
		for c := range calls(in, "wget") {
			if !slices.ContainsFunc(c.Options("O", "P", "o", "a", "i", "U", "T", "t"), quietsWget) {
				p.report(in, c.Span, "%q writes its progress to the log", shorten(c.String()))
				break
			}
		}
	}
}

func quietsWget(o syntax.Option) bool {
	return o.Word.Value == "-nv" ||
		slices.Contains([]string{"progress", "q", "quiet", "no-verbose", "o", "output-file", "a", "append-output"}, o.Name)
}
