package workflow

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:       "PC7005",
			Title:    "the gate's job should not depend on the success of another",
			Severity: gate.Medium,
			Why: "A job is skipped when a job that it needs has failed or was skipped, and a required check that is skipped counts as passed: " +
				"a change that breaks the other job is not looked at, and may be merged unless that job is required too. " +
				"Which checks are required the workflow does not say, so this is a finding either way.",
			Bad:         "on: pull_request\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make image\n  gate:\n    needs: build\n    runs-on: ubuntu-latest\n    steps:\n      - uses: OWNER/portcullis@COMMIT\n",
			Good:        "on: pull_request\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make image\n  gate:\n    needs: build\n    if: ${{ !cancelled() }}\n    runs-on: ubuntu-latest\n    steps:\n      - uses: OWNER/portcullis@COMMIT\n",
			Remediation: "add `if: ${{ !cancelled() }}` to the gate's job: it then runs, and what it does not find closes it",
			URL:         "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds",
		},
		check: dependencies,
	})
}

// dependencies looks for gates that other jobs can keep from running. Another
// gate may: it is a check of this kind itself.
func dependencies(p *pass) {
	if !p.guards() {
		return
	}
	for _, g := range p.gates {
		key, needs := entry(g.node, "needs")
		if key == nil || p.runsAnyway(g.job) {
			continue
		}
		for _, name := range names(needs) {
			isGate := func(other gateJob) bool { return other.id == name }
			if !slices.ContainsFunc(p.gates, isGate) {
				p.report(key, g.id, "the gate is skipped, and its check green, if the job %q fails or is skipped", name)
				break
			}
		}
	}
}

// runsAnyway reports whether the condition of a job lets it run whatever
// becomes of the jobs before it. One that names no status function counts as
// "success() && …".
func (p *pass) runsAnyway(j job) bool {
	when := condition(scalar(j.node, "if"))
	if strings.Contains(when, "always()") || strings.Contains(when, "!cancelled()") {
		return true // what else the condition asks for is the business of PC7001
	}
	return when == "success() || failure()" && !p.conditional(names(value(j.node, "needs")))
}

// conditional reports whether one of the jobs, or one that they need, may be
// skipped although nothing has failed.
func (p *pass) conditional(ids []string) bool {
	for i := 0; i < len(ids); i++ { // ids grows
		for _, j := range p.jobs {
			if j.id != ids[i] {
				continue
			}
			if value(j.node, "if") != nil {
				return true
			}
			for _, id := range names(value(j.node, "needs")) {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	}
	return false
}

// names are the texts of a scalar or a list of them.
func names(node *yaml.Node) []string {
	if node == nil {
		return nil
	}
	var texts []string
	for _, n := range append([]*yaml.Node{node}, node.Content...) {
		if n = resolved(n); n.Kind == yaml.ScalarNode {
			texts = append(texts, n.Value)
		}
	}
	return texts
}
