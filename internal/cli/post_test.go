package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
	"github.com/portcullis-ci/portcullis/internal/github/runner"
)

// A change is a run for pull request 7 as a step of Actions, in a workspace of
// its own.
type change struct {
	t      *testing.T
	github *githubtest.Server
	env    map[string]string
	clock  time.Time
	found  []gate.Finding
}

const token = "ghs_0123456789abcdefSECRET"

// newChange makes a repository in which the change is checked out. The base has
// the configuration.
func newChange(t *testing.T, config string, found ...gate.Finding) *change {
	t.Helper()
	c := &change{t: t, clock: now, found: found}
	c.github = githubtest.Start(t, func() time.Time { return c.clock })
	dir := t.TempDir()
	t.Chdir(dir)
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	base := commit(t, repo, map[string]string{"portcullis.yaml": config, "Dockerfile": "FROM a\nRUN b\nUSER 1\n"})
	head := commit(t, repo, map[string]string{"Dockerfile": "FROM a\nRUN c\nUSER 1\n"})
	c.github.Pulls[7] = &githubtest.Pull{
		Number: 7, Head: head, Base: base, BaseRef: "main", HeadRef: "feature",
		Files: []githubtest.File{{Name: "Dockerfile", Patch: "@@ -1,3 +1,3 @@\n FROM a\n-RUN b\n+RUN c\n USER 1"}},
	}
	event := fmt.Sprintf(`{"number": 7, "pull_request": {"number": 7, "head": {"sha": %q, "repo": {"full_name": "acme/shop"}},
		"base": {"sha": %q, "ref": "main"}}, "repository": {"default_branch": "main"}}`, head, base)
	outside := t.TempDir()
	c.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": filepath.Join(outside, "event.json"),
		"GITHUB_REPOSITORY": "acme/shop", "GITHUB_SHA": head, "GITHUB_REF": "refs/pull/7/merge", "GITHUB_WORKSPACE": dir,
		"GITHUB_API_URL": "https://api.github.com", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_WORKFLOW_REF": "acme/shop/.github/workflows/ci.yml@refs/pull/7/merge", "GITHUB_JOB": "gate", "INPUT_TOKEN": token,
		"GITHUB_STEP_SUMMARY": filepath.Join(outside, "summary.md"),
	}
	write(t, c.env["GITHUB_EVENT_PATH"], event)
	return c
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, repo *git.Repository, files map[string]string) string {
	t.Helper()
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		write(t, name, text)
		if _, err := tree.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	hash, err := tree.Commit("x", &git.CommitOptions{Author: &object.Signature{Name: "a", Email: "a@example.com", When: now}})
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

// A step is what a run left.
type step struct {
	code                    int
	stdout, stderr, summary string
}

// run runs the gate once.
func (c *change) run(args ...string) step {
	c.t.Helper()
	stages, err := json.Marshal(map[string]any{"policy": map[string]any{"Found": c.found}})
	if err != nil {
		c.t.Fatal(err)
	}
	write(c.t, "stages.json", string(stages))
	write(c.t, c.env["GITHUB_STEP_SUMMARY"], "")
	var stdout, stderr bytes.Buffer
	a := app(&stdout, &stderr, func(name string) string { return c.env[name] })
	a.HTTP, a.Now = c.github, func() time.Time { return c.clock }
	a.Sleep = func(ctx context.Context, d time.Duration) error {
		c.clock = c.clock.Add(d)
		return ctx.Err()
	}
	code := a.Main(c.t.Context(), append([]string{"run", "--stages", "policy"}, args...)...)
	summary, err := os.ReadFile(c.env["GITHUB_STEP_SUMMARY"])
	if err != nil {
		c.t.Fatal(err)
	}
	s := step{code: code, stdout: stdout.String(), stderr: stderr.String(), summary: string(summary)}
	for sink, text := range map[string]string{"stdout": s.stdout, "summary": s.summary} {
		if strings.Contains(text, token) {
			c.t.Errorf("R28: the token is in %s", sink)
		}
	}
	if strings.Contains(strings.ReplaceAll(s.stderr, "::add-mask::"+token, ""), token) {
		c.t.Error("R28: the token is in stderr")
	}
	return s
}

// fault is a finding that closes the gate, with a fix inside the diff.
var fault = gate.Finding{
	Rule: "PC1", Severity: gate.High, Title: "title", Message: "message",
	Location: gate.Location{Path: "Dockerfile", Range: gate.Range{Line: 2, Column: 1, EndLine: 2, EndColumn: 4}},
	Fix:      &gate.Fix{Path: "Dockerfile", StartLine: 2, EndLine: 2, Replacement: "RUN d\n"},
}

const everything = "publish: {comment: true, check-run: true, sarif: true, suggestions: true}\n"

func TestAChangeIsPosted(t *testing.T) {
	c := newChange(t, everything, fault)
	s := c.run()
	if s.code != gate.ExitFailed || !strings.Contains(s.stderr, "note: on GitHub: comment created, check run created, review created, SARIF file created") {
		t.Errorf("exit code %d, %s", s.code, s.stderr)
	}
	g := c.github
	if len(g.Comments) != 1 || !strings.Contains(g.Comments[0].Body, "gate closed") {
		t.Errorf("%d comments", len(g.Comments))
	}
	if len(g.CheckRuns) != 1 || g.CheckRuns[0].Name != "portcullis: ci.yml/gate" || g.CheckRuns[0].Conclusion != "failure" ||
		len(g.CheckRuns[0].Annotations) != 1 || !strings.HasPrefix(g.CheckRuns[0].Title, "gate closed: 1 finding at or above high") {
		t.Errorf("check run %+v", g.CheckRuns)
	}
	if len(g.ReviewComments) != 1 || g.ReviewComments[0].Line != 2 || !strings.Contains(g.ReviewComments[0].Body, "```suggestion\nRUN d\n```") {
		t.Errorf("review comments %+v", g.ReviewComments)
	}
	if len(g.Uploads) != 1 || g.Uploads[0].Ref != "refs/pull/7/head" || g.Uploads[0].Commit != c.env["GITHUB_SHA"] {
		t.Errorf("uploads %+v", g.Uploads)
	}
	// the next commit is clean
	c.found, c.env["GITHUB_RUN_ID"] = nil, "43"
	if s := c.run(); s.code != gate.ExitPassed || !strings.Contains(s.stderr, "comment updated, check run created, review updated") {
		t.Errorf("exit code %d, %s", s.code, s.stderr)
	}
	if len(g.Comments) != 1 || !strings.Contains(g.Comments[0].Body, "gate open") || strings.Contains(g.ReviewComments[0].Body, "```") {
		t.Errorf("%s\n%s", g.Comments[0].Body, g.ReviewComments[0].Body)
	}
}

// TestSuggestionsOfAFileThatAnEarlierStepChanged holds that no suggestion is made
// for lines that the pull request does not have.
func TestSuggestionsOfAFileThatAnEarlierStepChanged(t *testing.T) {
	c := newChange(t, "", fault)
	write(t, "Dockerfile", "# generated\nFROM a\nRUN c\nUSER 1\n")
	if s := c.run(); len(c.github.Reviews) != 0 || len(c.github.Comments) != 1 {
		t.Errorf("%+v, %s", c.github.Reviews, s.stderr)
	}
}

func TestR49EachJobOfAMatrixHasItsComment(t *testing.T) {
	c := newChange(t, "", fault)
	for range 2 {
		for _, matrix := range []string{"null", `{"os": "linux", "go": 1.26}`, `{"os": "macos", "go": 1.26}`} {
			c.env["INPUT_COMMENT-KEY"] = matrix
			c.run()
			c.clock = c.clock.Add(time.Minute)
		}
	}
	if len(c.github.Comments) != 3 || len(c.github.ReviewComments) != 1 {
		t.Errorf("%d comments, %d suggestions", len(c.github.Comments), len(c.github.ReviewComments))
	}
}

// TestR47PostingNeverChangesTheVerdict lets everything go wrong in each way.
func TestR47PostingNeverChangesTheVerdict(t *testing.T) {
	ways := map[string]githubtest.Fault{
		"401": {Status: 401}, "403": {Status: 403, Body: `{"message": "Resource not accessible by integration"}`}, "404": {Status: 404},
		"422": {Status: 422}, "429": {Status: 429}, "500": {Status: 500}, "503": {Status: 503, Header: http.Header{"Retry-After": {"9999"}}},
		"drop": {Drop: true}, "hang": {Hang: true}, "html": {Status: 502, Body: "<html>"},
	}
	for code, found := range map[int][]gate.Finding{gate.ExitPassed: nil, gate.ExitFailed: {fault}} {
		c := newChange(t, everything, found...)
		want := c.run()
		for _, way := range slices.Sorted(maps.Keys(ways)) {
			c.clock = c.clock.Add(time.Hour)
			before := len(c.github.Writes())
			c.github.Fault = func(int, string) githubtest.Fault { return ways[way] }
			got := c.run()
			if got.code != code || want.code != code || !strings.HasPrefix(got.summary, want.summary) || got.stdout != want.stdout {
				t.Errorf("%s: exit code %d, want %d", way, got.code, code)
			}
			for sink, text := range map[string]string{"stderr": got.stderr, "summary": got.summary} {
				if !strings.Contains(text, "not posted") {
					t.Errorf("%s: %s does not say so: %s", way, sink, text)
				}
			}
			if step := runner.Read(got.stderr); len(step.Commands) > 1 {
				t.Errorf("%s: commands %v", way, step.Commands)
			}
			if n := len(c.github.Comments); n != 1 {
				t.Errorf("%s: %d comments, %d writes", way, n, len(c.github.Writes())-before)
			}
		}
	}
}

// TestR47AForksTokenOnlyReads is the run for a fork: annotations and summary are
// as always, and one warning says what is missing.
func TestR47AForksTokenOnlyReads(t *testing.T) {
	c := newChange(t, "publish: {check-run: true}\n", fault)
	c.github.Fault = func(_ int, operation string) githubtest.Fault {
		if strings.HasPrefix(operation, "GET ") {
			return githubtest.Fault{}
		}
		return githubtest.Fault{Status: 403, Body: `{"message": "Resource not accessible by integration"}`}
	}
	s := c.run()
	want := "portcullis: warning: the token of this run may not write, so that this was not posted: comment (pull-requests: write), " +
		"check run (checks: write), review (pull-requests: write); the annotations of the step and the job summary are complete without it\n"
	if s.code != gate.ExitFailed || !strings.Contains(s.stderr, want) || strings.Count(s.stderr, "warning") != 1 {
		t.Errorf("exit code %d: %s", s.code, s.stderr)
	}
	if step := runner.Read(s.stdout); len(step.Annotations) != 1 {
		t.Errorf("annotations: %+v", step.Annotations)
	}
	if !strings.Contains(s.summary, "gate closed") || !strings.Contains(s.summary, "may not write") {
		t.Errorf("summary: %s", s.summary)
	}
}

func TestNothingIsPostedWithoutBeingAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		config string
		env    map[string]string
		args   []string
		says   string // "": nothing
	}{
		"switched off":       {config: "publish: {comment: false, suggestions: false}\n"},
		"no token":           {env: map[string]string{"INPUT_TOKEN": ""}},
		"no token, asked":    {config: "publish: {comment: true}\n", env: map[string]string{"INPUT_TOKEN": ""}, says: "there is no token"},
		"offline":            {args: []string{"--offline"}},
		"offline, asked":     {config: everything, args: []string{"--offline"}, says: "--offline"},
		"address of no API":  {env: map[string]string{"GITHUB_API_URL": "gopher://x"}, says: "GITHUB_API_URL"},
		"repository unnamed": {env: map[string]string{"GITHUB_REPOSITORY": "x"}, says: `"x" is not the name of a repository`},
	} {
		c := newChange(t, tt.config, fault)
		maps.Copy(c.env, tt.env)
		s := c.run(tt.args...)
		if len(c.github.Operations) != 0 || tt.says == "" && strings.Contains(s.stderr, "warning") || !strings.Contains(s.stderr, tt.says) || s.code != gate.ExitFailed {
			t.Errorf("%s: exit code %d, %v, %s", name, s.code, c.github.Operations, s.stderr)
		}
	}
}

func TestDryRunPostsNothing(t *testing.T) {
	hostile := fault
	hostile.Message = "x\n::error::forged\r##[error]forged \x1b[31m"
	c := newChange(t, everything, hostile)
	s := c.run("--dry-run", "--format", "text")
	if w := c.github.Writes(); len(w) != 0 || s.code != gate.ExitFailed {
		t.Errorf("exit code %d, written: %v", s.code, w)
	}
	for _, want := range []string{
		"POST /repos/acme/shop/issues/7/comments", "POST /repos/acme/shop/check-runs", "POST /repos/acme/shop/pulls/7/reviews",
		"POST /repos/acme/shop/code-scanning/sarifs", `"conclusion": "failure"`,
	} {
		if !strings.Contains(s.stdout, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	if step := runner.Read(s.stdout); len(step.Commands) != 0 || strings.Contains(s.stdout, "\x1b") {
		t.Errorf("commands %v in %s", step.Commands, s.stdout)
	}
}

// TestR48FiveThousandFindings tells what a large report costs.
func TestR48FiveThousandFindings(t *testing.T) {
	var all []gate.Finding
	for i := range 5000 {
		f := fault
		f.Rule, f.Line, f.EndLine = fmt.Sprintf("PC%d", i%100), i+1, i+1
		f.Severity, f.Message = gate.Severities()[i%5], fmt.Sprint("what is wrong with number ", i)
		f.Fix = &gate.Fix{Path: "Dockerfile", StartLine: i + 1, EndLine: i + 1, Replacement: "RUN d\n"}
		all = append(all, f)
	}
	c := newChange(t, everything, all...)
	begin := c.clock
	s := c.run()
	g := c.github
	t.Logf("%d requests, %d of them write, in %v", len(g.Operations), len(g.Writes()), c.clock.Sub(begin))
	t.Logf("comment of %d characters, check run with %d annotations and %d characters, %d suggestions, SARIF of %d bytes",
		len([]rune(g.Comments[0].Body)), len(g.CheckRuns[0].Annotations), len([]rune(g.CheckRuns[0].Summary)), len(g.ReviewComments), len(g.Uploads[0].Data))
	if took := c.clock.Sub(begin); took > time.Minute || len(g.Operations) > 30 {
		t.Errorf("%d requests in %v", len(g.Operations), took)
	}
	if n := len(g.CheckRuns[0].Annotations); n != 500 || s.code != gate.ExitFailed || len(g.CheckRuns) != 1 || len(g.Comments) != 1 {
		t.Errorf("%d annotations, exit code %d", n, s.code)
	}
	if !strings.Contains(g.CheckRuns[0].Title, "4500 more remarks are in the report") || !strings.Contains(g.Comments[0].Body, "Left out for want of room: ") {
		t.Errorf("title %q", g.CheckRuns[0].Title)
	}
	step := runner.Read(s.stdout)
	if len(step.Annotations) != 30 || step.Dropped != 0 {
		t.Errorf("%d annotations of the step, %d dropped", len(step.Annotations), step.Dropped)
	}
}
