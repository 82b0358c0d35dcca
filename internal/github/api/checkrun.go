package api

import (
	"context"
	"strings"

	"github.com/google/go-github/v90/github"
)

// What GitHub takes of a check run.
const (
	annotationsPerRequest = 50
	// AnnotationsPerCheckRun is how many annotations are sent: ten requests.
	AnnotationsPerCheckRun = 500
	annotationMessage      = 64 << 10 // bytes
	annotationTitle        = 255      // characters
	checkRunText           = 65_535   // characters
)

// A CheckRun is a check run that is complete: its conclusion is success or
// failure, never one that lets a merge pass although nothing was decided.
type CheckRun struct {
	Name        string // the same for every run of the same job; no other check has it
	Passed      bool
	Title       string
	Summary     string // Markdown
	DetailsURL  string
	Annotations []Annotation // best first
	Run         Run
}

// An Annotation is a remark at lines of a file. Lines and columns count from 1;
// EndColumn is the last column of the range, 0 if there is none.
type Annotation struct {
	Path                   string // relative to the root of the repository
	StartLine, EndLine     int
	StartColumn, EndColumn int
	Level                  string // notice, warning or failure
	Title, Message         string
}

// PostCheckRun creates the check run, complete, on the commit that was checked.
// One that says the same already is updated; one that says something else is
// replaced by a new one of the same name: GitHub lets nobody change the
// conclusion afterwards, and adds annotations to those that are there.
func (c *Client) PostCheckRun(ctx context.Context, k CheckRun) (Outcome, error) {
	earlier, err := c.checkRun(ctx, k)
	if err = c.read(err); err != nil {
		return "", err
	}
	if by, ok := checkRunBy(earlier); ok && by.newer(Run{ID: k.Run.ID, Attempt: k.Run.Attempt}) {
		return Overtaken, nil
	}
	all := k.annotations()
	if earlier != nil && says(earlier, k) {
		return Updated, c.updateCheckRun(ctx, k, earlier.GetID(), all, earlier.GetOutput().GetAnnotationsCount())
	}
	sent := min(len(all), annotationsPerRequest)
	id, err := c.createCheckRun(ctx, k, all[:sent])
	if err == nil && sent < len(all) {
		err = c.updateCheckRun(ctx, k, id, all, sent)
	}
	return Created, err
}

func (c *Client) createCheckRun(ctx context.Context, k CheckRun, annotations []*github.CheckRunAnnotation) (id int64, err error) {
	options := github.CreateCheckRunOptions{
		Name: k.Name, HeadSHA: k.Run.SHA, Status: github.Ptr("completed"), Conclusion: github.Ptr(k.conclusion()),
		ExternalID: github.Ptr(k.external()), Output: k.output(annotations),
	}
	if k.DetailsURL != "" {
		options.DetailsURL = github.Ptr(k.DetailsURL)
	}
	create := func() error {
		made, _, err := c.github.Checks.CreateCheckRun(ctx, c.owner, c.name, options)
		if err != nil {
			return failed("creating the check run", err)
		}
		id = made.GetID()
		return nil
	}
	err = c.createOnce(ctx, create, func() (bool, error) {
		found, err := c.checkRun(ctx, k)
		if found == nil || found.GetExternalID() != k.external() {
			return false, err
		}
		id = found.GetID()
		return true, nil
	})
	return id, err
}

// updateCheckRun sends the annotations that are not there yet, and which run this
// is. It changes neither status nor conclusion, which GitHub would refuse.
func (c *Client) updateCheckRun(ctx context.Context, k CheckRun, id int64, all []*github.CheckRunAnnotation, sent int) error {
	for {
		batch := all[min(sent, len(all)):min(sent+annotationsPerRequest, len(all))]
		sent += len(batch)
		update := func() error { return c.addAnnotations(ctx, k, id, batch) }
		err := c.createOnce(ctx, update, func() (bool, error) {
			run, _, err := c.github.Checks.GetCheckRun(ctx, c.owner, c.name, id)
			if err != nil {
				return false, failed("reading the check run", err)
			}
			return len(batch) > 0 && run.GetOutput().GetAnnotationsCount() >= sent, nil
		})
		if err != nil || sent >= len(all) {
			return err
		}
	}
}

// addAnnotations sends one batch. A batch that is sent twice is there twice.
func (c *Client) addAnnotations(ctx context.Context, k CheckRun, id int64, batch []*github.CheckRunAnnotation) error {
	ctx = asRepeatable(ctx, len(batch) == 0)
	_, _, err := c.github.Checks.UpdateCheckRun(ctx, c.owner, c.name, id, github.UpdateCheckRunOptions{
		Name: k.Name, ExternalID: github.Ptr(k.external()), Output: k.output(batch),
	})
	if err != nil {
		return failed("updating the check run", err)
	}
	return nil
}

// checkRun returns the newest check run of this name on the commit that this app
// made, or nil.
func (c *Client) checkRun(ctx context.Context, k CheckRun) (*github.CheckRun, error) {
	pages := c.github.Checks.ListCheckRunsForRefIter(ctx, c.owner, c.name, k.Run.SHA, &github.ListCheckRunsOptions{
		CheckName: github.Ptr(k.Name), Filter: github.Ptr("latest"), ListOptions: github.ListOptions{PerPage: perPage},
	})
	all, err := collect("listing the check runs of the commit", pages, same)
	if err != nil {
		return nil, err
	}
	var newest *github.CheckRun
	for _, r := range all {
		if r.GetName() == k.Name && strings.HasPrefix(r.GetExternalID(), "portcullis/") && c.me(ctx).app(r.App) && r.GetID() > newest.GetID() {
			newest = r
		}
	}
	return newest, nil
}
