package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3061",
			Title:       "a Dockerfile must begin with FROM or ARG",
			Severity:    hadolintError,
			Why:         "Only ARG may stand before the first FROM; the builder refuses everything else there.",
			Bad:         "LABEL team=shop\nFROM alpine:3.20\n",
			Good:        "FROM alpine:3.20\nLABEL team=shop\n",
			Remediation: "move the instruction below FROM",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3061"),
		},

		same:  "build/ParseError",
		check: beforeFirstFrom,
	})
}

func beforeFirstFrom(p *pass) {
	for _, in := range p.Instructions {
		switch {
		case in.Keyword == "FROM":
			return
		case in.Keyword != "ARG" && !in.Refused:
			p.report(in, in.Name, "%q stands before the first FROM", in.Keyword)
		}
	}
}
