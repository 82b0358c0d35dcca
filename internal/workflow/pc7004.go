package workflow

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC7004",
			Title:       "the gate's job should leave no token in the checkout",
			Severity:    gate.Medium,
			Why:         "actions/checkout writes the token of the job into the git configuration of the checkout, where every later step can read it, and where it gets into artifacts and images made of the folder.",
			Bad:         "on: pull_request\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2\n      - uses: OWNER/portcullis@COMMIT\n",
			Good:        "on: pull_request\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2\n        with: {persist-credentials: false, fetch-depth: 2}\n      - uses: OWNER/portcullis@COMMIT\n",
			Remediation: "set persist-credentials: false",
			URL:         "https://github.com/actions/checkout#usage",
		},
		check: tokens,
	})
}

func tokens(p *pass) {
	for _, g := range p.gates {
		for _, step := range g.steps {
			_, uses := entry(step, "uses")
			if uses == nil || !strings.HasPrefix(uses.Value, "actions/checkout@") {
				continue
			}
			if condition(scalar(value(step, "with"), "persist-credentials")) != "false" {
				p.report(uses, g.id, "the token of the job stays in .git/config")
			}
		}
	}
}
