package api

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/go-github/v90/github"
)

// A PullRequest is what is read of one. Its strings may be anybody's.
type PullRequest struct {
	Number         int
	Open           bool
	HeadSHA        string
	HeadRef        string // name of the branch
	HeadRepository string // owner/name; "": it is gone
	BaseSHA        string // the tip of the base branch when GitHub last looked
	BaseRef        string
}

// A WorkflowRun is what is read of one.
type WorkflowRun struct {
	ID             int64
	Attempt        int
	Event          string
	Path           string // of the workflow file
	HeadSHA        string
	HeadBranch     string
	HeadRepository string // owner/name
	PullRequests   []int  // empty for forks
}

// PullRequest reads one pull request.
func (c *Client) PullRequest(ctx context.Context, number int) (PullRequest, error) {
	p, _, err := c.github.PullRequests.Get(ctx, c.owner, c.name, number)
	if err != nil {
		return PullRequest{}, failed(fmt.Sprintf("reading pull request %d", number), err)
	}
	return pullOf(p), nil
}

// PullsOfCommit returns the pull requests that a commit is part of, open and
// merged ones.
func (c *Client) PullsOfCommit(ctx context.Context, sha string) ([]PullRequest, error) {
	all := c.github.PullRequests.ListPullRequestsWithCommitIter(ctx, c.owner, c.name, sha, &github.ListOptions{PerPage: perPage})
	return collect("looking up the pull requests of a commit", all, pullOf)
}

// OpenPullsByHead returns the open pull requests from a branch of the repository
// of owner, which may be a fork.
func (c *Client) OpenPullsByHead(ctx context.Context, owner, branch string) ([]PullRequest, error) {
	all := c.github.PullRequests.ListIter(ctx, c.owner, c.name, &github.PullRequestListOptions{
		State: "open", Head: owner + ":" + branch, ListOptions: github.ListOptions{PerPage: perPage},
	})
	return collect("looking up the pull requests of a branch", all, pullOf)
}

// CompareMergeBase returns the commit where head left base.
func (c *Client) CompareMergeBase(ctx context.Context, base, head string) (string, error) {
	cmp, _, err := c.github.Repositories.CompareCommits(ctx, c.owner, c.name, base, head, &github.ListOptions{PerPage: 1})
	if err != nil {
		return "", failed("looking up the base of the change", err)
	}
	if sha := cmp.GetMergeBaseCommit().GetSHA(); sha != "" {
		return sha, nil
	}
	return "", errors.New("looking up the base of the change: the answer names none")
}

// WorkflowRun reads one run of a workflow.
func (c *Client) WorkflowRun(ctx context.Context, id int64) (WorkflowRun, error) {
	r, _, err := c.github.Actions.GetWorkflowRunByID(ctx, c.owner, c.name, id)
	if err != nil {
		return WorkflowRun{}, failed(fmt.Sprintf("reading workflow run %d", id), err)
	}
	run := WorkflowRun{
		ID: r.GetID(), Attempt: r.GetRunAttempt(), Event: r.GetEvent(), Path: r.GetPath(), HeadSHA: r.GetHeadSHA(),
		HeadBranch: r.GetHeadBranch(), HeadRepository: r.GetHeadRepository().GetFullName(),
	}
	for _, p := range r.PullRequests {
		run.PullRequests = append(run.PullRequests, p.GetNumber())
	}
	return run, nil
}

func pullOf(p *github.PullRequest) PullRequest {
	return PullRequest{
		Number: p.GetNumber(), Open: p.GetState() == "open",
		HeadSHA: p.GetHead().GetSHA(), HeadRef: p.GetHead().GetRef(), HeadRepository: p.GetHead().GetRepo().GetFullName(),
		BaseSHA: p.GetBase().GetSHA(), BaseRef: p.GetBase().GetRef(),
	}
}

// A list is read in pages of the size that GitHub allows, up to a number of
// entries at which somebody plays with us.
const (
	perPage    = 100
	maxEntries = 10_000
)

// collect reads all pages of a list.
func collect[A, B any](what string, pages iter.Seq2[A, error], as func(A) B) ([]B, error) {
	var all []B
	for entry, err := range pages {
		if err != nil {
			return nil, failed(what, err)
		}
		if len(all) == maxEntries {
			return nil, fmt.Errorf("%s: more than %d entries", what, maxEntries)
		}
		all = append(all, as(entry))
	}
	return all, nil
}
