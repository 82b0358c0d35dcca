package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// An Event is what started the run. The zero value is trusted with nothing.
type Event struct {
	// Context is the event as a report holds it, empty outside of Actions. SHA
	// is the head of a pull request, not the merge commit; BaseSHA and
	// PullRequest are empty where the event does not tell them.
	Context       gate.Context
	Ref           string // the ref that the workflow runs for
	RefProtected  bool   // branch protection or a ruleset applies to Ref
	DefaultBranch string
	Fork          bool // the commit comes from another repository
	// Run is the run that a workflow_run event follows; nil for other events.
	Run *FinishedRun

	change     bool // of another CI system
	trusted    bool
	untrusted  string // why nothing may be signed, if not trusted
	privileged string
}

// A FinishedRun is a run of a workflow as GitHub tells it, whatever the run was
// made to say by the change that it was for.
type FinishedRun struct {
	ID             int64
	Attempt        int
	Path           string // of the workflow file
	Event          string // that started it
	Conclusion     string // "success", "failure", "cancelled", …
	HeadSHA        string
	HeadBranch     string
	HeadRepository string // owner/name
}

// Untrusted says why nothing may be signed for this event, or returns "". Only
// events are trusted whose commit is known to be in the repository by the will
// of somebody who may write to it; one that is not known is not.
func (e Event) Untrusted() string {
	if e.trusted {
		return ""
	}
	if e.untrusted == "" {
		return "it is not known what started this run"
	}
	return e.untrusted
}

// Privileged says why code of the change must not get near this run, or returns
// "": the event has the secrets and the token of the base repository although
// somebody who may not write to it can cause it.
func (e Event) Privileged() string { return e.privileged }

// Change reports whether the run checks a change that is not merged yet: a pull
// or merge request, or one in the merge queue. What decides about it has to come from
// where it is to be merged.
func (e Event) Change() bool {
	return e.change || strings.HasPrefix(e.Context.Event, "pull_request") || e.Context.Event == "merge_group"
}

// InActions reports whether the process runs as a step of GitHub Actions. One
// trace is enough: a step that hides where it runs is not a local run.
func InActions(getenv func(string) string) bool {
	return getenv("GITHUB_ACTIONS") == "true" || getenv("GITHUB_EVENT_NAME") != "" || getenv("GITHUB_EVENT_PATH") != ""
}

// Server is the address of the GitHub server, "" outside of Actions.
func Server(getenv func(string) string) string {
	if !InActions(getenv) {
		return ""
	}
	return getenv("GITHUB_SERVER_URL")
}

// ErrNoEvent says that the process runs as a step of Actions and is not told
// what for. Such a run may check, and may not sign.
var ErrNoEvent = errors.New("reading the event: GITHUB_EVENT_NAME or GITHUB_EVENT_PATH is not set")

// ReadEvent reads the event from the environment and the file that it names. A
// local run has an empty event that may sign; one of another CI system has what
// that says. The event of an error is what
// could be read; it is never trusted.
func ReadEvent(getenv func(string) string, read func(path string) ([]byte, error)) (Event, error) {
	if !InActions(getenv) {
		return elsewhere(getenv), nil
	}
	e := Event{
		Context: gate.Context{
			Event: getenv("GITHUB_EVENT_NAME"), Repository: getenv("GITHUB_REPOSITORY"), SHA: getenv("GITHUB_SHA"),
		},
		Ref:          getenv("GITHUB_REF"),
		RefProtected: getenv("GITHUB_REF_PROTECTED") == "true",
		untrusted:    "the event could not be read",
	}
	path := getenv("GITHUB_EVENT_PATH")
	if e.Context.Event == "" || path == "" {
		return e, ErrNoEvent
	}
	data, err := read(path)
	if err != nil {
		return e, fmt.Errorf("reading the event: %w", err)
	}
	var p payload
	if err := json.Unmarshal(data, &p); err != nil {
		return e, fmt.Errorf("parsing the event %q: %w", path, err)
	}
	e.fill(p)
	if err := e.validate(); err != nil {
		return e, fmt.Errorf("parsing the event %q: %w", path, err)
	}
	e.judge(p, getenv("GITHUB_HEAD_REF"))
	return e, nil
}

// fill takes over what the payload of each event says.
func (e *Event) fill(p payload) {
	e.DefaultBranch = p.Repository.DefaultBranch
	c := &e.Context
	switch {
	case p.PullRequest != nil:
		c.PullRequest = p.PullRequest.Number
		c.SHA, c.BaseSHA = p.PullRequest.Head.SHA, p.PullRequest.Base.SHA
		e.Fork = p.PullRequest.Head.Repo.FullName != c.Repository
	case c.Event == "merge_group":
		c.SHA, c.BaseSHA = p.MergeGroup.HeadSHA, p.MergeGroup.BaseSHA
		c.PullRequest = queued(p.MergeGroup.HeadRef)
	case c.Event == "workflow_run":
		c.SHA = p.WorkflowRun.HeadSHA
		e.Run = p.finished()
		e.Fork = p.WorkflowRun.HeadRepository.FullName != c.Repository
		if len(p.WorkflowRun.PullRequests) == 1 {
			c.PullRequest = p.WorkflowRun.PullRequests[0].Number
		}
	case c.Event == "push":
		if strings.Trim(p.Before, "0") != "" {
			c.BaseSHA = p.Before
		}
	case p.Issue.PullRequest != nil:
		c.PullRequest = p.Issue.Number
	}
}

var commit = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// validate refuses an event that does not name its commit.
func (e *Event) validate() error {
	c := e.Context
	switch {
	case !commit.MatchString(c.SHA):
		return fmt.Errorf("the %s event names no commit: %q", c.Event, c.SHA)
	case c.BaseSHA != "" && !commit.MatchString(c.BaseSHA):
		return fmt.Errorf("the %s event names no base commit: %q", c.Event, c.BaseSHA)
	case strings.HasPrefix(c.Event, "pull_request") && c.PullRequest < 1:
		return fmt.Errorf("the %s event names no pull request", c.Event)
	}
	return nil
}

var queueRef = regexp.MustCompile(`^(?:refs/heads/)?gh-readonly-queue/.+/pr-([0-9]+)-[0-9a-f]+$`)

// queued returns the pull request in the name of a merge queue's branch, or 0.
func queued(ref string) int {
	m := queueRef.FindStringSubmatch(ref)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return n
}
