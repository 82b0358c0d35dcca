package workflow

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC7001",
			Title:       "the gate's job must not have a condition",
			Severity:    gate.High,
			Why:         "A job that its condition skips counts as passed: a required check is green for a change that nothing has looked at. A skipped step leaves its job green as well.",
			Bad:         "on: pull_request\njobs:\n  gate:\n    if: github.actor != 'dependabot[bot]'\n    runs-on: ubuntu-latest\n    steps:\n      - uses: OWNER/portcullis@COMMIT\n",
			Good:        "on: pull_request\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: OWNER/portcullis@COMMIT\n",
			Remediation: "remove the condition, or move it to a workflow that no required check depends on",
			URL:         "https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks",
		},
		check: conditions,
	})
}

// unconditional are conditions that skip nothing that would have run without
// them.
var unconditional = []string{"always()", "!cancelled()", "success()", "success() || failure()", "true"}

func conditions(p *pass) {
	if !p.guards() {
		return
	}
	for _, g := range p.gates {
		for _, node := range append([]*yaml.Node{g.node}, g.runs...) {
			key, v := entry(node, "if")
			if key != nil && !slices.Contains(unconditional, condition(v.Value)) {
				p.report(key, g.id, "the gate is skipped, and its check green, unless %q holds", condition(v.Value))
			}
		}
	}
}
