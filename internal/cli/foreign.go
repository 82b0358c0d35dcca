package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// A report that comes out of a run for a pull request may be anything: whoever
// wrote the change wrote the workflow that made it. A workflow_run workflow
// posts it with the rights of the repository, so nothing in it decides where it
// goes: repository, commit and run are those of the event, and the pull request
// is the one of which GitHub says that this commit is its head.

// errRefused wraps why a report is not published.
var errRefused = errors.New("the report is not published")

// finished returns the run that this step follows, nil if it is no step that
// publishes another run's report.
func (a *App) finished() (*github.FinishedRun, string, error) {
	if !github.InActions(a.Getenv) || a.Getenv("GITHUB_EVENT_NAME") != "workflow_run" {
		return nil, "", nil
	}
	event, err := github.ReadEvent(a.Getenv, os.ReadFile)
	if err != nil {
		return nil, "", usage(err, "")
	}
	return event.Run, event.Context.Repository, nil
}

// foreign checks a report against the run that it comes from.
func foreign(r gate.Report, run github.FinishedRun, repository string) error {
	refuse := func(format string, args ...any) error {
		return usage(fmt.Errorf("%w: %w", errRefused, fmt.Errorf(format, args...)), "")
	}
	c := r.Context
	switch {
	case run.Event != "pull_request":
		return refuse("the run before this one was started by %q, not by a pull request", run.Event)
	case c.Repository != repository:
		return refuse("it is about the repository %q, the run was in %q", c.Repository, repository)
	case c.SHA != run.HeadSHA:
		return refuse("it is about the commit %q, the run was for %q", c.SHA, run.HeadSHA)
	case c.Event != run.Event:
		return refuse("it is about the event %q, the run was started by %q", c.Event, run.Event)
	}
	if err := report.CheckForeign(r); err != nil {
		return refuse("%w", err)
	}
	return nil
}

// A pullFinder finds the open pull requests from a branch.
type pullFinder interface {
	OpenPullsByHead(ctx context.Context, owner, branch string) ([]api.PullRequest, error)
}

// pullOf returns the number of the pull request that a run was for, 0 if its
// head is another commit by now. The report's own number has to be that of one
// whose head GitHub says is the run's.
func pullOf(ctx context.Context, find pullFinder, run github.FinishedRun, claimed int) (int, error) {
	owner, _, _ := strings.Cut(run.HeadRepository, "/")
	if owner == "" || run.HeadBranch == "" {
		return 0, nil // the fork or its branch is gone
	}
	pulls, err := find.OpenPullsByHead(ctx, owner, run.HeadBranch)
	if err != nil {
		return 0, err
	}
	pulls = slices.DeleteFunc(pulls, func(p api.PullRequest) bool {
		return !p.Open || p.HeadSHA != run.HeadSHA || p.HeadRepository != run.HeadRepository
	})
	if len(pulls) == 0 {
		return 0, nil
	}
	if !slices.ContainsFunc(pulls, func(p api.PullRequest) bool { return p.Number == claimed }) {
		return 0, usage(fmt.Errorf("%w: it is about pull request %d, of which the run's commit is not the head", errRefused, claimed), "")
	}
	return claimed, nil
}

// postForeign posts a report of a run for a pull request as a comment: a check
// run or a suggestion would carry the weight of the repository's own word.
func (a *App) postForeign(ctx context.Context, s *settings, r gate.Report, run github.FinishedRun, o report.Options) (string, error) {
	step := github.ReadStep(a.Getenv)
	step.Repository = r.Context.Repository
	client, err := a.client(step, a.logger(s.verbose), s.dryRun)
	if err != nil {
		return "", err
	}
	number, err := pullOf(ctx, client, run, r.Context.PullRequest)
	if err != nil {
		return "", err
	}
	if number == 0 {
		return "left out: the commit is the head of no open pull request any more", nil
	}
	key := github.Step{Workflow: cmp.Or(run.Path, "workflow_run")}.Key("", s.commentKey)
	o.Limit = commentLimit - api.CommentRoom
	outcome, err := client.PostComment(ctx, api.Comment{
		PullRequest: number, Marker: report.Marker(key), Body: report.Comment(r, key, o),
		Run: api.Run{ID: run.ID, Attempt: run.Attempt, SHA: run.HeadSHA},
	})
	return string(outcome), err
}
