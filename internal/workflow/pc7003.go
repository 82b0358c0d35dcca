package workflow

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC7003",
			Title:       "the gate's workflow should have no path filter",
			Severity:    gate.Medium,
			Why:         "For a change outside of the paths the workflow does not run. Its required check then waits for ever, which teams end by not requiring it, or by a job of the same name that is always green. The gate itself finds out what there is to check, and always reports.",
			Bad:         "on:\n  pull_request:\n    paths: [deploy/**]\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: OWNER/portcullis@COMMIT\n",
			Good:        "on:\n  pull_request:\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: OWNER/portcullis@COMMIT\n",
			Remediation: "remove the filter; paths.exclude in portcullis.yaml leaves files out of the checks",
			URL:         "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushpull_requestpull_request_targetpathspaths-ignore",
		},
		check: pathFilters,
	})
}

func pathFilters(p *pass) {
	for _, event := range []string{"pull_request", "pull_request_target"} {
		node, _ := p.event(event)
		for _, filter := range []string{"paths", "paths-ignore"} {
			if key, _ := entry(node, filter); key != nil {
				p.report(key, "", "the gate does not run for every change: %s.%s", event, filter)
			}
		}
	}
}
