package github

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const (
	head  = "1111111111111111111111111111111111111111"
	base  = "2222222222222222222222222222222222222222"
	merge = "3333333333333333333333333333333333333333"
	zeros = "0000000000000000000000000000000000000000"
)

// step is the environment and the event file of a step.
type step struct {
	env     map[string]string
	payload string
}

func (s step) read() (Event, error) {
	return ReadEvent(func(key string) string { return s.env[key] }, func(path string) ([]byte, error) {
		if path != "/event.json" {
			return nil, errors.New("no such file")
		}
		return []byte(s.payload), nil
	})
}

// on is a step of a run for an event.
func on(event, ref, payload string) step {
	return step{payload: payload, env: map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": "/event.json", "GITHUB_REF": ref,
		"GITHUB_REPOSITORY": "acme/shop", "GITHUB_SHA": merge,
	}}
}

// pull is the payload of an event about a pull request from a repository.
func pull(from string) string {
	return fmt.Sprintf(`{"number": 7, "repository": {"full_name": "acme/shop", "default_branch": "main"}, "pull_request":
		{"number": 7, "head": {"sha": %q, "repo": {"full_name": %q}}, "base": {"sha": %q}}}`, head, from, base)
}

// after is the payload of a workflow_run event.
func after(event, from, branch string) string {
	return fmt.Sprintf(`{"repository": {"full_name": "acme/shop"}, "workflow_run": {"event": %q, "head_sha": %q,
		"head_branch": %q, "head_repository": {"full_name": %q}, "pull_requests": []}}`, event, head, branch, from)
}

func TestR02Untrusted(t *testing.T) {
	const main = "refs/heads/main"
	for _, test := range []struct {
		name string
		step step
		why  string // "": trusted
	}{
		{name: "push to a branch", step: on("push", main, `{"before": "`+base+`"}`)},
		{name: "push of a tag", step: on("push", "refs/tags/v1", `{}`)},
		{name: "schedule", step: on("schedule", main, `{}`)},
		{name: "dispatch", step: on("workflow_dispatch", main, `{}`)},
		{name: "release", step: on("release", "refs/tags/v1", `{}`)},
		{name: "run after a push", step: on("workflow_run", main, after("push", "acme/shop", "main"))},

		{name: "pull request", step: on("pull_request", "refs/pull/7/merge", pull("acme/shop")), why: "event pull_request)"},
		{name: "fork", step: on("pull_request", "refs/pull/7/merge", pull("evil/shop")), why: "event pull_request)"},
		{name: "target", step: on("pull_request_target", main, pull("evil/shop")), why: "event pull_request_target)"},
		{name: "review", step: on("pull_request_review", "refs/pull/7/merge", pull("acme/shop")), why: "event pull_request_review)"},
		{name: "merge queue", step: on("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-"+base,
			`{"merge_group": {"head_sha": "`+head+`", "base_sha": "`+base+`"}}`), why: "merge queue"},
		{name: "push by the merge queue", step: on("push", "refs/heads/gh-readonly-queue/main/pr-7-"+base, `{}`), why: "merge queue"},
		{name: "comment", step: on("issue_comment", main, `{"issue": {"number": 7, "pull_request": {}}}`), why: "anybody can cause"},
		{name: "issue", step: on("issues", main, `{}`), why: "anybody can cause"},
		{name: "push to a pull ref", step: on("push", "refs/pull/7/head", `{}`), why: "neither a branch nor a tag"},
		{name: "push without a ref", step: on("push", "", `{}`), why: "neither a branch nor a tag"},
		{name: "dispatch of a pull ref", step: on("workflow_dispatch", "refs/pull/7/merge", `{}`), why: "neither a branch nor a tag"},
		{name: "push that deletes", step: on("push", main, `{"deleted": true}`), why: "deleted"},
		{name: "push with a pull request", step: on("push", main, pull("evil/shop")), why: "speaks of a pull request"},
		{name: "run after a pull request", step: on("workflow_run", main, after("pull_request", "acme/shop", "x")), why: `"pull_request"`},
		{name: "run after a target", step: on("workflow_run", main, after("pull_request_target", "acme/shop", "x")), why: `"pull_request_target"`},
		{name: "run after a comment", step: on("workflow_run", main, after("issue_comment", "acme/shop", "main")), why: `"issue_comment"`},
		{name: "run after a run", step: on("workflow_run", main, after("workflow_run", "acme/shop", "main")), why: `"workflow_run"`},
		{name: "run of a fork", step: on("workflow_run", main, after("push", "evil/shop", "main")), why: "another repository"},
		{name: "run of the merge queue", step: on("workflow_run", main, after("push", "acme/shop", "gh-readonly-queue/main/pr-7-1")), why: "merge queue"},
		{name: "repository dispatch", step: on("repository_dispatch", main, `{}`), why: "not one that portcullis signs for"},
		{name: "new event", step: on("moon_phase", main, `{}`), why: "not one that portcullis signs for"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := test.step.read()
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Untrusted(); (got == "") != (test.why == "") || !strings.Contains(got, test.why) {
				t.Errorf("Untrusted() = %q, want %q", got, test.why)
			}
		})
	}
}

func TestR02PullRequestVariableIsEnough(t *testing.T) {
	s := on("push", "refs/heads/main", `{}`)
	s.env["GITHUB_HEAD_REF"] = "feature"
	if e, err := s.read(); err != nil || e.Untrusted() == "" {
		t.Errorf("a push with GITHUB_HEAD_REF is trusted (%v)", err)
	}
}

func TestR02UnreadableIsUntrusted(t *testing.T) {
	if (Event{}).Untrusted() == "" {
		t.Error("the zero event is trusted")
	}
	for name, change := range map[string]func(*step){
		"not JSON":       func(s *step) { s.payload = `{` },
		"empty":          func(s *step) { s.payload = `` },
		"wrong type":     func(s *step) { s.payload = `{"deleted": "no"}` },
		"no file":        func(s *step) { s.env["GITHUB_EVENT_PATH"] = "/other" },
		"no path":        func(s *step) { delete(s.env, "GITHUB_EVENT_PATH") },
		"no name":        func(s *step) { delete(s.env, "GITHUB_EVENT_NAME") },
		"no commit":      func(s *step) { s.env["GITHUB_SHA"] = "" },
		"strange commit": func(s *step) { s.env["GITHUB_SHA"] = "main --upload-pack=x" },
		"strange base":   func(s *step) { s.payload = `{"before": "x"}` },
		"not in Actions, but an event": func(s *step) {
			s.env["GITHUB_ACTIONS"], s.payload = "", `[]`
		},
	} {
		s := on("push", "refs/heads/main", `{}`)
		change(&s)
		if e, err := s.read(); err == nil || e.Untrusted() == "" {
			t.Errorf("%s: error %v, untrusted %q", name, err, e.Untrusted())
		}
	}
	for _, payload := range []string{`{}`, `{"pull_request": {"number": 0, "head": {"sha": "` + head + `"}}}`, `{"pull_request": {"number": 7}}`} {
		if e, err := on("pull_request", "refs/pull/7/merge", payload).read(); err == nil || e.Untrusted() == "" {
			t.Errorf("%s: error %v, untrusted %q", payload, err, e.Untrusted())
		}
	}
}

func TestLocalRunMaySign(t *testing.T) {
	e, err := step{}.read()
	if err != nil || e.Untrusted() != "" || e.Privileged() != "" || !reflect.DeepEqual(e.Context, gate.Context{}) {
		t.Errorf("local run = %+v, %v", e, err)
	}
}

func TestContext(t *testing.T) {
	context := func(event, sha, base string, number int) gate.Context {
		return gate.Context{Event: event, Repository: "acme/shop", SHA: sha, BaseSHA: base, PullRequest: number}
	}
	queue := `{"merge_group": {"head_sha": "` + head + `", "base_sha": "` + base + `", "head_ref": "refs/heads/gh-readonly-queue/rel/1.x/pr-12-` + base + `"}}`
	run := `{"workflow_run": {"event": "pull_request", "head_sha": "` + head + `", "head_repository": {"full_name": "acme/shop"}, "pull_requests": [{"number": 9}]}}`
	for _, test := range []struct {
		step step
		want gate.Context
		fork bool
	}{
		{step: on("pull_request", "refs/pull/7/merge", pull("acme/shop")), want: context("pull_request", head, base, 7)},
		{step: on("pull_request_target", "refs/heads/main", pull("evil/shop")), want: context("pull_request_target", head, base, 7), fork: true},
		{step: on("merge_group", "x", queue), want: context("merge_group", head, base, 12)},
		{step: on("workflow_run", "refs/heads/main", run), want: context("workflow_run", head, "", 9)},
		{step: on("workflow_run", "refs/heads/main", after("pull_request", "evil/shop", "x")), want: context("workflow_run", head, "", 0), fork: true},
		{step: on("push", "refs/heads/main", `{"before": "`+base+`"}`), want: context("push", merge, base, 0)},
		{step: on("push", "refs/heads/new", `{"before": "`+zeros+`"}`), want: context("push", merge, "", 0)},
		{step: on("issue_comment", "refs/heads/main", `{"issue": {"number": 4, "pull_request": {"url": "x"}}}`), want: context("issue_comment", merge, "", 4)},
		{step: on("issue_comment", "refs/heads/main", `{"issue": {"number": 4}}`), want: context("issue_comment", merge, "", 0)},
	} {
		e, err := test.step.read()
		if err != nil || !reflect.DeepEqual(e.Context, test.want) || e.Fork != test.fork {
			t.Errorf("%s: %+v, fork %t, %v, want %+v", test.want.Event, e.Context, e.Fork, err, test.want)
		}
	}
}

func TestR45Privileged(t *testing.T) {
	for event, payload := range map[string]string{
		"pull_request_target": pull("evil/shop"),
		"workflow_run":        after("pull_request", "evil/shop", "x"),
		"issue_comment":       `{}`,
	} {
		if e, err := on(event, "refs/heads/main", payload).read(); err != nil || e.Privileged() == "" {
			t.Errorf("%s is not privileged (%v)", event, err)
		}
	}
	for event, payload := range map[string]string{
		"pull_request": pull("evil/shop"), "push": `{}`, "workflow_run": after("push", "acme/shop", "main"),
	} {
		if e, err := on(event, "refs/heads/main", payload).read(); err != nil || e.Privileged() != "" {
			t.Errorf("%s is privileged: %s (%v)", event, e.Privileged(), err)
		}
	}
}

func FuzzReadEvent(f *testing.F) {
	for _, event := range []string{"push", "pull_request", "workflow_run", "merge_group"} {
		f.Add(event, "refs/heads/main", pull("evil/shop"))
		f.Add(event, "refs/pull/1/merge", after("push", "acme/shop", "main"))
	}
	f.Fuzz(func(t *testing.T, event, ref, payload string) {
		e, err := on(event, ref, payload).read()
		trusted := e.Untrusted() == ""
		if trusted && (err != nil || strings.HasPrefix(event, "pull_request") || strings.HasPrefix(ref, "refs/pull/") && event != "workflow_run") {
			t.Errorf("%q on %q with %q is trusted (%v)", event, ref, payload, err)
		}
		if err == nil && !commit.MatchString(e.Context.SHA) {
			t.Errorf("%q with %q names the commit %q", event, payload, e.Context.SHA)
		}
	})
}
