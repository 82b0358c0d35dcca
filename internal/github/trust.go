package github

import (
	"fmt"
	"strings"
)

// judge decides what the event may do. Whatever is not said to be trusted here
// is not.
func (e *Event) judge(p payload, headRef string) {
	e.privileged = privileged(e.Context.Event, p)
	e.untrusted = untrusted(e, p, headRef)
	e.trusted = e.untrusted == ""
}

// untrusted says why nothing may be signed, or returns "".
func untrusted(e *Event, p payload, headRef string) string {
	switch e.Context.Event {
	case "push", "schedule", "workflow_dispatch", "release":
		return untrustedRef(e, p, headRef)
	case "workflow_run":
		return untrustedRun(e, p)
	case "pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment":
		return fmt.Sprintf("a pull request is checked before anybody agreed to it (event %s)", e.Context.Event)
	case "merge_group":
		return "the change is in the merge queue and not merged yet (event merge_group)"
	case "issue_comment", "issues", "discussion", "discussion_comment", "fork", "watch":
		return fmt.Sprintf("anybody can cause the event %s", e.Context.Event)
	}
	return fmt.Sprintf("the event %q is not one that portcullis signs for", e.Context.Event)
}

// untrustedRef looks behind the name of the event: the ref has to be a branch or
// tag of the repository, and nothing may speak of a pull request.
func untrustedRef(e *Event, p payload, headRef string) string {
	branch, isBranch := strings.CutPrefix(e.Ref, "refs/heads/")
	switch {
	case p.PullRequest != nil, headRef != "":
		return fmt.Sprintf("the event %s speaks of a pull request", e.Context.Event)
	case !isBranch && !strings.HasPrefix(e.Ref, "refs/tags/"):
		return fmt.Sprintf("%q is neither a branch nor a tag", e.Ref)
	case strings.HasPrefix(branch, "gh-readonly-queue/"):
		return "the change is in the merge queue and not merged yet"
	case p.Deleted:
		return "the push deleted its ref"
	}
	return ""
}

// untrustedRun looks at the run that a workflow_run event follows: it has to
// have been started in this repository, and not by a pull request.
func untrustedRun(e *Event, p payload) string {
	switch p.WorkflowRun.Event {
	case "push", "schedule", "workflow_dispatch", "release":
	default:
		return fmt.Sprintf("the run before this one was started by %q (event workflow_run)", p.WorkflowRun.Event)
	}
	switch {
	case e.Fork:
		return "the run before this one belongs to another repository (event workflow_run)"
	case strings.HasPrefix(p.WorkflowRun.HeadBranch, "gh-readonly-queue/"):
		return "the change is in the merge queue and not merged yet (event workflow_run)"
	}
	return ""
}

// privileged says why the run has more rights than whoever caused it.
func privileged(name string, p payload) string {
	switch name {
	case "pull_request_target", "issue_comment", "issues", "discussion", "discussion_comment", "fork", "watch":
		return fmt.Sprintf("%s runs with the secrets of this repository for people outside of it", name)
	case "workflow_run":
		if strings.HasPrefix(p.WorkflowRun.Event, "pull_request") {
			return "workflow_run runs with the secrets of this repository after a run for a pull request"
		}
	}
	return ""
}
