//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// workflow uses the action as the README shows it, and prints what a following step sees of it.
const workflow = `name: gate
on: push
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      - id: gate
        uses: ./
        with:
          path: PROJECT
          stages: policy,dockerfile
          output: json=report.json
      - if: always()
        env:
          OUTPUTS: ${{ toJSON(steps.gate.outputs) }}
          OUTCOME: ${{ steps.gate.outcome }}
        run: |
          echo "outputs: "$OUTPUTS
          echo "outcome: $OUTCOME"
          test -s report.json && echo "report: written"
`

func TestActionClosesTheGate(t *testing.T) {
	ran := act(t, "shop")
	if ran.code == 0 {
		t.Error("the job passed")
	}
	expect(t, ran, `"verdict": "failed"`, `"exit-code": "1"`, `"signed": "false"`, `"report": "report.json"`,
		`outcome: failure`, `report: written`, `Summary - `, `::[a-z]+ [^\n]*file=shop/Dockerfile,[^\n]*line=1[^\n]*::`)
}

func TestActionOpensTheGate(t *testing.T) {
	ran := act(t, "shop-fixed")
	if ran.code != 0 {
		t.Errorf("exit status %d", ran.code)
	}
	expect(t, ran, `"verdict": "passed"`, `"exit-code": "0"`, `"blocking": "0"`, `outcome: success`, `report: written`, `Summary - `)
}

// expect looks for patterns in the log of a job, and shows the log once if the test has failed.
func expect(t *testing.T, ran result, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile(pattern).MatchString(ran.stdout) {
			t.Errorf("the log has no %s", pattern)
		}
	}
	if t.Failed() {
		t.Logf("the log:\n%s%s", ran.stdout, ran.stderr)
	}
}

// act runs the workflow on a repository that holds the action and one project of the example.
func act(t *testing.T, project string) result {
	t.Helper()
	dir := t.TempDir()
	must(t, "", "cp", "-r", prepared(t, "E2E_CONTEXT")+"/.", dir)
	must(t, "..", "cp", "-r", "testdata/projects/"+project, dir)
	workflows := filepath.Join(dir, ".github", "workflows")
	if err := os.MkdirAll(workflows, 0o755); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(workflow, "PROJECT", project)
	if err := os.WriteFile(filepath.Join(workflows, "gate.yml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "git", "init", "-q", "-b", "main")
	must(t, dir, "git", "remote", "add", "origin", "https://github.com/example/shop.git")
	must(t, dir, "git", "add", ".github", project)
	must(t, dir, "git", "-c", "user.name=e2e", "-c", "user.email=e2e@example.invalid", "commit", "-q", "-m", "a change")
	return run(t, dir, prepared(t, "E2E_ACT"), "push", "--pull=false", "--no-cache-server",
		"-P", "ubuntu-latest="+prepared(t, "E2E_DEBIAN"), "-W", filepath.Join(workflows, "gate.yml"))
}
