package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// commentLimit is how many characters a comment surely may have.
const commentLimit = 65_000

// A poster posts one kind of thing.
type poster struct {
	name       string
	permission string // of the token
	post       func(context.Context, *api.Client) (api.Outcome, error)
}

// posters are the kinds of things that are wanted and have a place to go.
func (p posting) posters(step github.Step) []poster {
	run := api.Run{ID: step.RunID, Attempt: step.Attempt, SHA: p.report.Context.SHA}
	pull := p.report.Context.PullRequest
	if p.report.Context.Event == "merge_group" {
		pull = 0 // what is checked is the queue's commit, which the pull request does not show
	}
	var all []poster
	add := func(wanted bool, poster poster) {
		if wanted && run.SHA != "" {
			all = append(all, poster)
		}
	}
	add(pull > 0 && wanted(p.publish.Comment, true), poster{
		name: "comment", permission: "pull-requests: write",
		post: func(ctx context.Context, c *api.Client) (api.Outcome, error) {
			return c.PostComment(ctx, p.comment(step, pull, run))
		},
	})
	add(wanted(p.publish.CheckRun, false), poster{
		name: "check run", permission: "checks: write",
		post: func(ctx context.Context, c *api.Client) (api.Outcome, error) {
			return c.PostCheckRun(ctx, p.checkRun(step, run))
		},
	})
	add(pull > 0 && wanted(p.publish.Suggestions, true), poster{
		name: "review", permission: "pull-requests: write",
		post: func(ctx context.Context, c *api.Client) (api.Outcome, error) {
			return p.review(ctx, c, step, pull, run)
		},
	})
	add(wanted(p.publish.SARIF, false), poster{
		name: "SARIF file", permission: "security-events: write",
		post: func(ctx context.Context, c *api.Client) (api.Outcome, error) {
			return p.sarif(ctx, c, step, pull)
		},
	})
	return all
}

// wanted is a switch of the configuration, or its default.
func wanted(b *bool, byDefault bool) bool {
	if b == nil {
		return byDefault
	}
	return *b
}

func (p posting) comment(step github.Step, pull int, run api.Run) api.Comment {
	key := step.Key(p.folder, p.matrix)
	o := p.options
	o.Limit = commentLimit - api.CommentRoom
	return api.Comment{PullRequest: pull, Marker: report.Marker(key), Body: report.Comment(p.report, key, o), Run: run}
}

func (p posting) checkRun(step github.Step, run api.Run) api.CheckRun {
	o := p.options
	o.Limit = 0
	k := api.CheckRun{
		Name:   report.Terminal("portcullis: " + step.Name(p.folder, p.matrix)),
		Passed: p.report.Verdict == gate.Passed && p.report.ExitCode == gate.ExitPassed,
		Title:  report.Headline(p.report), Summary: report.Markdown(p.report, o), DetailsURL: step.RunURL, Run: run,
	}
	levels := map[string]string{"error": "failure", "warning": "warning", "notice": "notice"}
	all := report.Annotations(p.report, o)
	for _, n := range all {
		k.Annotations = append(k.Annotations, api.Annotation{
			Path: n.Path, StartLine: n.Line, EndLine: n.EndLine, StartColumn: n.Column, EndColumn: n.EndColumn - 1,
			Level: levels[n.Level], Title: n.Title, Message: n.Message,
		})
	}
	if more := len(all) - api.AnnotationsPerCheckRun; more > 0 {
		k.Title += fmt.Sprintf("; %d more remarks are in the report", more)
	}
	return k
}

// review suggests the fixes that are inside the diff.
func (p posting) review(ctx context.Context, c *api.Client, step github.Step, pull int, run api.Run) (api.Outcome, error) {
	r := api.Review{
		PullRequest: pull, Run: run, Owner: report.Marker(step.Key(p.folder, p.matrix)),
		Body:   "portcullis suggests changes that settle findings. They can be committed here.",
		Wanted: report.SuggestionMarkers(p.report),
	}
	if len(r.Wanted) > 0 {
		diff, err := c.Diff(ctx, pull)
		if err != nil {
			return "", err
		}
		inDiff := func(path string, first, last int) bool {
			return diff.Holds(path, first, last) && p.shown(path, first, last)
		}
		for _, s := range report.Suggestions(p.report, p.options, inDiff) {
			r.Suggestions = append(r.Suggestions, api.Suggestion{
				Path: s.Path, StartLine: s.StartLine, EndLine: s.EndLine, Body: s.Body, Marker: s.Marker,
			})
		}
	}
	return c.PostReview(ctx, r)
}

// shown reports whether lines of a file of the repository have the same numbers
// in the pull request as in the workspace.
func (p posting) shown(path string, first, last int) bool {
	if p.folder != "" {
		path = strings.TrimPrefix(path, p.folder+"/")
	}
	for line := first; line <= last; line++ {
		if p.options.HeadLine == nil || p.options.HeadLine(path, line) != line {
			return false
		}
	}
	return true
}

// sarif uploads the report for the commit that was checked. Where that is the
// head of a pull request, its ref is the one that GitHub keeps for it.
func (p posting) sarif(ctx context.Context, c *api.Client, step github.Step, pull int) (api.Outcome, error) {
	ref := step.Ref
	if pull > 0 && !strings.HasPrefix(ref, "refs/heads/") {
		ref = fmt.Sprintf("refs/pull/%d/head", pull)
	}
	write, err := report.For("sarif")
	if err != nil {
		return "", err
	}
	o := p.options
	o.Limit = 0
	var b bytes.Buffer
	if err := write(&b, p.report, o); err != nil {
		return "", err
	}
	return c.UploadSARIF(ctx, api.SARIF{CommitSHA: p.report.Context.SHA, Ref: ref, Data: b.Bytes()})
}
