//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

// A forked is a checked-out pull request of a fork, in a repository that holds the action, the example workflows and a
// project. What the workflows hand over goes through a folder: act has no artifacts without a network.
type forked struct {
	dir, handover string
	base, head    string
	github        *githubtest.Server
	api           string
}

// TestForkFlow runs the two example workflows through act: the first one with nothing, as a fork has it, the second one
// with a token and a GitHub that compares every request with its description.
func TestForkFlow(t *testing.T) {
	f := newForked(t)
	first := f.act(t, "pull_request", "gate.yml", f.pullRequest())
	if first.code == 0 {
		t.Error("the gate is open for a change that adds a fault")
	}
	expect(t, first, `::error title=[^\n]*DL3020[^\n]*,file=shop-fixed/Dockerfile,`, `handed over`)
	if len(f.github.Operations) > 0 {
		t.Errorf("a run for a fork asked GitHub: %v", f.github.Operations)
	}
	for range 2 { // a second attempt updates
		if second := f.act(t, "workflow_run", "publish.yml", f.workflowRun("failure")); second.code != 0 {
			t.Fatalf("publishing: exit status %d\n%s%s", second.code, second.stdout, second.stderr)
		}
	}
	if len(f.github.Comments) != 1 || f.github.Comments[0].Pull != 7 {
		t.Fatalf("comments %+v", f.github.Comments)
	}
	body := f.github.Comments[0].Body
	for _, want := range []string{
		"gate closed", "**Not verified:**", "`DL3020", "https://github.com/acme/shop/blob/" + f.head + "/shop-fixed/Dockerfile#L",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the comment does not have %q:\n%s", want, body)
		}
	}
	t.Logf("operations: %q\nthe comment:\n%s", f.github.Operations, body)
}

// TestR45ForgedForkReport holds that a report about another pull request is refused.
func TestR45ForgedForkReport(t *testing.T) {
	f := newForked(t)
	f.act(t, "pull_request", "gate.yml", f.pullRequest())
	report := filepath.Join(f.handover, "report.json")
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(text), `"pullRequest": 7`, `"pullRequest": 8`, 1)
	if forged == string(text) {
		t.Fatal("the report does not name its pull request")
	}
	if err := os.WriteFile(report, []byte(forged), 0o644); err != nil {
		t.Fatal(err)
	}
	second := f.act(t, "workflow_run", "publish.yml", f.workflowRun("failure"))
	if second.code == 0 || len(f.github.Writes()) > 0 {
		t.Errorf("exit status %d, posted %v", second.code, f.github.Writes())
	}
	expect(t, second, `it is about pull request 8, of which the run's commit is not the head`)
}

func newForked(t *testing.T) *forked {
	t.Helper()
	f := &forked{dir: t.TempDir(), handover: t.TempDir()}
	var passed time.Duration
	f.github = githubtest.Start(t, func() time.Time { passed += time.Minute; return time.Unix(0, 0).Add(passed) })
	server := httptest.NewServer(f.github)
	t.Cleanup(server.Close)
	f.api = server.URL + "/api/v3"

	must(t, "", "cp", "-r", prepared(t, "E2E_CONTEXT")+"/.", f.dir)
	must(t, "..", "cp", "-r", "testdata/projects/shop-fixed", f.dir)
	workflows := filepath.Join(f.dir, ".github", "workflows")
	if err := os.MkdirAll(workflows, 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"pull-request.yml": "gate.yml", "publish.yml": "publish.yml"} {
		if err := os.WriteFile(filepath.Join(workflows, to), []byte(adapted(t, from)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) string {
		identity := []string{"-c", "user.name=e2e", "-c", "user.email=e2e@example.invalid"}
		return strings.TrimSpace(must(t, f.dir, "git", append(identity, args...)...))
	}
	git("init", "-q", "-b", "main")
	git("remote", "add", "origin", "https://github.com/acme/shop.git")
	git("add", ".github", "shop-fixed", "action.yml")
	git("commit", "-q", "-m", "base")
	f.base = git("rev-parse", "HEAD")
	git("checkout", "-q", "-b", "feature")
	dockerfile := filepath.Join(f.dir, "shop-fixed", "Dockerfile")
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dockerfile, []byte(strings.Replace(string(text), "COPY ", "ADD ", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	git("commit", "-q", "-a", "-m", "a change")
	f.head = git("rev-parse", "HEAD")
	git("checkout", "-q", "main")
	git("merge", "-q", "--no-ff", "-m", "merge", "feature")
	f.github.Pulls[7] = &githubtest.Pull{Number: 7, Head: f.head, HeadRef: "feature", HeadRepository: "fork/shop", Base: f.base, BaseRef: "main"}
	f.github.Pulls[8] = &githubtest.Pull{Number: 8, Head: f.base, HeadRef: "other", Base: f.base, BaseRef: "main"}
	return f
}

// adapted is an example workflow that uses this action on the project, and hands over through a folder.
func adapted(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	const upload = "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2"
	const download = "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0"
	out := string(text)
	for from, to := range map[string]string{
		"OWNER/portcullis@COMMIT":       "./",
		`token: "" # publish.yml posts`: "token: \"\"\n          path: shop-fixed\n          stages: policy,dockerfile",
		// The second workflow checks out nothing: here the action itself is what it needs.
		"- name: take":      "- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2\n      - name: take",
		"uses: " + upload:   "run: cp report.json report.html /handover && echo handed over\n        env:",
		"uses: " + download: "run: mkdir untrusted && cp /handover/report.json untrusted/\n        env:",
	} {
		out = strings.ReplaceAll(out, from, to)
	}
	// What was "with" of the artifact actions is the environment of the steps in their place.
	out = strings.ReplaceAll(out, "        env:\n        with:\n", "        env:\n")
	if strings.Contains(out, "actions/upload") || strings.Contains(out, "actions/download") || strings.Contains(out, "OWNER") {
		t.Fatalf("%s was not adapted:\n%s", name, out)
	}
	return out
}

func (f *forked) pullRequest() map[string]any {
	repository := map[string]any{"full_name": "acme/shop", "default_branch": "main"}
	return map[string]any{"number": 7, "repository": repository, "pull_request": map[string]any{
		"number": 7,
		"head":   map[string]any{"sha": f.head, "ref": "feature", "repo": map[string]any{"full_name": "fork/shop"}},
		"base":   map[string]any{"sha": f.base, "ref": "main", "repo": repository},
	}}
}

func (f *forked) workflowRun(conclusion string) map[string]any {
	return map[string]any{"action": "completed", "repository": map[string]any{"full_name": "acme/shop", "default_branch": "main"}, "workflow_run": map[string]any{
		"id": 42, "run_attempt": 1, "path": ".github/workflows/gate.yml", "event": "pull_request", "conclusion": conclusion,
		"head_sha": f.head, "head_branch": "feature", "head_repository": map[string]any{"full_name": "fork/shop"}, "pull_requests": []any{},
	}}
}

// act runs one of the workflows for an event.
func (f *forked) act(t *testing.T, event, workflow string, payload map[string]any) result {
	t.Helper()
	data, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		event, "-e", write(t, "event.json", string(data)), "--pull=false", "--no-cache-server", "-P", "ubuntu-24.04=" + prepared(t, "E2E_DEBIAN"),
		"--container-options", "-v " + f.handover + ":/handover", "-W", filepath.Join(f.dir, ".github", "workflows", workflow),
	}
	if event == "workflow_run" {
		args = append(args, "--env", "GITHUB_API_URL="+f.api, "-s", "GITHUB_TOKEN=ghs_forTests0123456789")
	}
	return run(t, f.dir, prepared(t, "E2E_ACT"), args...)
}
