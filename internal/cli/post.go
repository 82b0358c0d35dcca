package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// A posting is a report and where it goes on GitHub.
type posting struct {
	publish config.Publish
	// report has the pull request and the commit in its context. They are known
	// from the event or the API; nothing else in the report decides what is
	// written to.
	report  gate.Report
	options report.Options
	folder  string // the workspace in the repository
	matrix  string // what tells the jobs of a matrix apart
	offline bool
	dryRun  bool
	log     *slog.Logger
}

// post writes the report to GitHub, as far as the configuration wants it to and
// the token may. Nothing that goes wrong changes the verdict: it is stated on
// Stderr, and in the summary of the job.
func (a *App) post(ctx context.Context, p posting) {
	step := github.ReadStep(a.Getenv)
	step.Repository = cmp.Or(step.Repository, p.report.Context.Repository)
	posters := p.posters(step)
	if len(posters) == 0 && p.dryRun {
		a.say("note", "nothing would be posted to GitHub: publish asks for nothing, or the run is for no commit there")
	}
	if len(posters) == 0 || ctx.Err() != nil {
		return
	}
	if reason := a.cannotPost(p, step); reason != "" {
		if p.explicit() || p.dryRun {
			a.unposted([]string{"nothing was posted to GitHub: " + reason}, "")
		}
		return
	}
	client, err := a.client(step, p.log, p.dryRun)
	if err != nil {
		a.unposted([]string{"nothing was posted to GitHub: " + err.Error()}, "")
		return
	}
	var posted, failed, forbidden []string
	for _, poster := range posters {
		outcome, err := poster.post(ctx, client)
		switch {
		case api.Forbidden(err) && !errors.Is(err, api.ErrNoScanning):
			forbidden = append(forbidden, fmt.Sprintf("%s (%s)", poster.name, poster.permission))
			p.log.Debug("forbidden", "what", poster.name, "cause", err)
		case err != nil:
			failed = append(failed, fmt.Sprintf("the %s was not posted: %v", poster.name, err))
		default:
			posted = append(posted, fmt.Sprintf("%s %s", poster.name, outcome))
		}
	}
	if len(posted) > 0 && !p.dryRun {
		a.say("note", "on GitHub: "+strings.Join(posted, ", "))
	}
	a.tell(failed, forbidden)
}

// client is a client of the GitHub API for the repository of a step. The runner
// hides its token from here on.
func (a *App) client(step github.Step, log *slog.Logger, dryRun bool) (*api.Client, error) {
	if github.InActions(a.Getenv) {
		if err := github.Mask(a.Stderr, step.Token); err != nil {
			return nil, err
		}
	}
	return api.New(api.Options{
		URL: step.API, Token: step.Token, Repository: step.Repository, Version: a.Version,
		Transport: a.HTTP, Now: a.Now, Sleep: a.Sleep, Log: log, DryRun: a.preview(dryRun),
	})
}

// tell states what was not posted. A token that may not write is what a run for
// a fork has, and no fault.
func (a *App) tell(failed, forbidden []string) {
	if len(forbidden) > 0 {
		failed = append(failed, "the token of this run may not write, so that this was not posted: "+strings.Join(forbidden, ", ")+
			"; the annotations of the step and the job summary are complete without it")
	}
	if len(failed) > 0 {
		a.unposted(failed, "the verdict does not depend on it; docs/usage.md lists the permissions")
	}
}

// cannotPost says why there is nobody to post to, or as whom.
func (a *App) cannotPost(p posting, step github.Step) string {
	switch {
	case p.offline:
		return "--offline"
	case step.Repository == "":
		return "this run is for no repository on GitHub"
	case p.dryRun:
		return ""
	case !github.InActions(a.Getenv):
		return "this is not a step of GitHub Actions"
	case step.Token == "":
		return "there is no token: the input token, or GITHUB_TOKEN"
	}
	return ""
}

// unposted prints warnings, and adds them to the summary of the job.
func (a *App) unposted(warnings []string, hint string) {
	var b strings.Builder
	for _, w := range warnings {
		a.say("warning", w)
		fmt.Fprintf(&b, "\n**Note:** %s\n", report.MarkdownCode(w))
	}
	if hint != "" {
		a.say("hint", hint)
	}
	if file := a.Getenv("GITHUB_STEP_SUMMARY"); file != "" && github.InActions(a.Getenv) {
		if err := github.WriteSummary(file, b.String()); err != nil {
			a.say("warning", err.Error())
		}
	}
}

// preview returns where a dry run shows what it would post.
func (a *App) preview(dryRun bool) io.Writer {
	if !dryRun {
		return nil
	}
	return previewLines{a.Stdout}
}

// previewLines escapes what is shown, line by line: it holds strings of the files
// that were checked.
type previewLines struct{ w io.Writer }

// Write escapes the lines of one request.
func (p previewLines) Write(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		if _, err := io.WriteString(p.w, report.Log(strings.TrimSuffix(string(line), "\n"))+"\n"); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// explicit reports whether the configuration asks for something to be posted,
// rather than that being the default.
func (p posting) explicit() bool {
	c := p.publish
	return slices.ContainsFunc([]*bool{c.Comment, c.CheckRun, c.SARIF, c.Suggestions}, func(b *bool) bool { return b != nil && *b })
}
