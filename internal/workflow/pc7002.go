package workflow

import (
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC7002",
			Title:       "the gate's failure must fail its job",
			Severity:    gate.High,
			Why:         "With continue-on-error, or a command that swallows the exit code, the job is green whatever the gate says, and what needs the job goes on.",
			Bad:         "on: pull_request\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: OWNER/portcullis@COMMIT\n        continue-on-error: true\n",
			Good:        "on: pull_request\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: OWNER/portcullis@COMMIT\n",
			Remediation: "remove it; to let findings pass for a while, raise fail-on in portcullis.yaml",
		},
		check: swallowed,
	})
}

// orElse finds a command that goes on after the gate has closed, on the same line
// or on one that continues it.
var orElse = regexp.MustCompile(`portcullis["']?\s+run\b(?:\\\r?\n|[^\n;])*\|\|`)

func swallowed(p *pass) {
	for _, g := range p.gates {
		for _, node := range append([]*yaml.Node{g.node}, g.runs...) {
			if key, v := entry(node, "continue-on-error"); key != nil && condition(v.Value) != "false" {
				p.report(key, g.id, "the job is green although the gate is closed")
			}
			if key, v := entry(node, "run"); key != nil && orElse.MatchString(v.Value) {
				p.report(key, g.id, "the exit code of the gate is swallowed")
			}
		}
	}
}
