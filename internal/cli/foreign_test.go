package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

const (
	headSHA  = "1111111111111111111111111111111111111111"
	otherSHA = "2222222222222222222222222222222222222222"
)

// A fork is the world of a workflow_run step after a run for pull request 7 of a
// fork. Its fields are what a test changes.
type fork struct {
	server *githubtest.Server
	run    map[string]any // of the event
	report gate.Report
	raw    []byte // in place of report
	env    map[string]string

	stdout, stderr bytes.Buffer
}

func newFork(t *testing.T) *fork {
	t.Helper()
	t.Chdir(t.TempDir())
	var passed time.Duration
	f := &fork{
		server: githubtest.Start(t, func() time.Time { passed += time.Minute; return now.Add(passed) }),
		run: map[string]any{
			"id": 42, "run_attempt": 1, "path": ".github/workflows/gate.yml", "event": "pull_request", "conclusion": "failure",
			"head_sha": headSHA, "head_branch": "feature", "head_repository": map[string]any{"full_name": "fork/shop"}, "pull_requests": []any{},
		},
		report: gate.Report{
			Schema: gate.Schema, Tool: gate.Tool{Name: "portcullis", Version: "1"}, Verdict: gate.Failed, ExitCode: gate.ExitFailed, Threshold: gate.High,
			Context: gate.Context{Event: "pull_request", Repository: "acme/shop", SHA: headSHA, BaseSHA: otherSHA, PullRequest: 7},
			Stages: []gate.StageReport{{Name: "dockerfile", Verdict: gate.Failed, Findings: []gate.Finding{{
				Rule: "DL3020", Severity: gate.High, Layer: gate.Container, Title: "t", Message: "@everyone ![x](https://evil.example)",
				Location: gate.Location{Path: "Dockerfile", Range: gate.Range{Line: 4}}, Fingerprint: "a/1",
			}}}},
			Images: []gate.Image{{Reference: "r/shop:1", Platforms: []gate.Platform{}, Signature: &gate.Signature{Verified: true, Formats: []string{"bundle"}}}},
		},
	}
	f.server.Pulls[7] = &githubtest.Pull{Number: 7, Head: headSHA, HeadRef: "feature", HeadRepository: "fork/shop", Base: otherSHA, BaseRef: "main"}
	f.server.Pulls[8] = &githubtest.Pull{Number: 8, Head: otherSHA, HeadRef: "victim", HeadRepository: "acme/shop", Base: otherSHA, BaseRef: "main"}
	http := httptest.NewServer(f.server)
	t.Cleanup(http.Close)
	f.env = map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": "event.json", "GITHUB_REPOSITORY": "acme/shop",
		"GITHUB_SHA": otherSHA, "GITHUB_REF": "refs/heads/main", "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_API_URL": http.URL + "/api/v3", "GITHUB_TOKEN": "s3cret", "GITHUB_STEP_SUMMARY": "summary.md",
	}
	return f
}

// publish runs the command, and returns its exit code.
func (f *fork) publish(t *testing.T) int {
	t.Helper()
	event, err := json.Marshal(map[string]any{"workflow_run": f.run, "repository": map[string]any{"full_name": "acme/shop"}})
	if err != nil {
		t.Fatal(err)
	}
	document := f.raw
	if document == nil {
		if document, err = json.Marshal(f.report); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range map[string][]byte{"event.json": event, "report.json": document, "summary.md": nil} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f.stdout.Reset()
	f.stderr.Reset()
	return app(&f.stdout, &f.stderr, func(name string) string { return f.env[name] }).Main(t.Context(), "report", "report.json")
}

func TestForkReportIsPosted(t *testing.T) {
	f := newFork(t)
	for range 2 {
		if code := f.publish(t); code != gate.ExitPassed {
			t.Fatalf("exit code %d\n%s%s", code, f.stdout.String(), f.stderr.String())
		}
	}
	if len(f.server.Comments) != 1 || f.server.Comments[0].Pull != 7 {
		t.Fatalf("comments %+v", f.server.Comments)
	}
	body := f.server.Comments[0].Body
	for text, want := range map[string]bool{
		"**Not verified:**": true, "gate closed": true, "https://github.com/acme/shop/blob/" + headSHA + "/Dockerfile#L4": true,
		"`@everyone ![x](https://evil.example)`": true, "signature": false,
	} {
		if strings.Contains(body, text) != want {
			t.Errorf("%q in the comment: %t\n%s", text, !want, body)
		}
	}
	if summary, err := os.ReadFile("summary.md"); err != nil || !strings.Contains(string(summary), "**Not verified:**") {
		t.Errorf("the summary is %q (%v)", summary, err)
	}
	// Nothing that would count as the repository's own word.
	if len(f.server.CheckRuns)+len(f.server.Reviews)+len(f.server.Uploads) > 0 {
		t.Errorf("posted: %v", f.server.Writes())
	}
}

// TestR45ForkReportIsRefused holds that a report says nothing about where it
// goes: what it claims has to be what GitHub says.
func TestR45ForkReportIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fork)
		code   int
		why    string
	}{
		"another commit":       {func(f *fork) { f.report.Context.SHA = otherSHA }, 2, "about the commit"},
		"another repository":   {func(f *fork) { f.report.Context.Repository = "acme/other" }, 2, "about the repository"},
		"another pull request": {func(f *fork) { f.report.Context.PullRequest = 8 }, 2, "about pull request 8"},
		"no pull request":      {func(f *fork) { f.report.Context.PullRequest = 0 }, 2, "about pull request 0"},
		"another event":        {func(f *fork) { f.report.Context.Event = "push" }, 2, "about the event"},
		"run of a push":        {func(f *fork) { f.run["event"] = "push" }, 2, "started by"},
		"path outside":         {func(f *fork) { f.report.Stages[0].Findings[0].Path = "../../etc/passwd" }, 2, "not in the repository"},
		"green by word":        {func(f *fork) { f.report.Stages[0].Verdict = gate.Passed }, 2, "passed with what closes"},
		"other schema":         {func(f *fork) { f.raw = []byte(`{"schema": 7}`) }, 3, "schema 7, want 1"},
		"more keys":            {func(f *fork) { f.raw = []byte(`{"schema": 1, "x": 1}`) }, 3, "not a report"},
		"too large":            {func(f *fork) { f.raw = bytes.Repeat([]byte(" "), 16<<20+1) }, 3, "larger than"},
		"no repository":        {func(f *fork) { f.env["GITHUB_REPOSITORY"] = "" }, 2, "about the repository"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFork(t)
			test.change(f)
			code := f.publish(t)
			if code != test.code || !strings.Contains(f.stderr.String(), test.why) {
				t.Errorf("exit code %d, want %d for %q\n%s", code, test.code, test.why, f.stderr.String())
			}
			if writes := f.server.Writes(); len(writes) > 0 {
				t.Errorf("posted: %v", writes)
			}
		})
	}
}

func TestR44ForkReportOfAnOldCommit(t *testing.T) {
	for name, change := range map[string]func(*githubtest.Server){
		"pushed":     func(s *githubtest.Server) { s.Pulls[7].Head = otherSHA },
		"closed":     func(s *githubtest.Server) { s.Pulls[7].State = "closed" },
		"other fork": func(s *githubtest.Server) { s.Pulls[7].HeadRepository = "fork/other" },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFork(t)
			change(f.server)
			if code := f.publish(t); code != gate.ExitPassed || len(f.server.Writes()) > 0 || !strings.Contains(f.stderr.String(), "left out") {
				t.Errorf("exit code %d, posted %v\n%s", code, f.server.Writes(), f.stderr.String())
			}
		})
	}
}

func TestR42ForkRunThatDidNotEndIsNotGreen(t *testing.T) {
	for _, conclusion := range []string{"success", "cancelled", "skipped", "neutral", "timed_out"} {
		f := newFork(t)
		f.run["conclusion"] = conclusion
		f.report.Verdict, f.report.ExitCode = gate.Passed, gate.ExitPassed
		f.report.Stages[0].Verdict, f.report.Stages[0].Findings = gate.Passed, []gate.Finding{}
		if code := f.publish(t); code != gate.ExitPassed || len(f.server.Comments) != 1 {
			t.Fatalf("exit code %d\n%s", code, f.stderr.String())
		}
		if got := strings.Contains(f.server.Comments[0].Body, "gate open"); got != (conclusion == "success") {
			t.Errorf("%s: open is %t\n%s", conclusion, got, f.server.Comments[0].Body)
		}
	}
}

func TestR47ForkReportThatCannotBePostedIsTold(t *testing.T) {
	f := newFork(t)
	f.server.Fault = func(int, string) githubtest.Fault {
		return githubtest.Fault{Status: http.StatusForbidden}
	}
	if code := f.publish(t); code != gate.ExitIncomplete || !strings.Contains(f.stderr.String(), "403") {
		t.Errorf("exit code %d\n%s", code, f.stderr.String())
	}
}

func TestR21ForkReportIsAFile(t *testing.T) {
	f := newFork(t)
	f.publish(t)
	if err := os.Symlink("/proc/self/environ", "link.json"); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := app(&stdout, &stderr, func(name string) string { return f.env[name] }).Main(t.Context(), "report", "link.json")
	if code != gate.ExitIncomplete || !strings.Contains(stderr.String(), "not a regular file") {
		t.Errorf("exit code %d\n%s", code, stderr.String())
	}
}
