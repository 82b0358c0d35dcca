package api

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-github/v90/github"
)

// A Review is a set of suggestions for a pull request.
type Review struct {
	PullRequest int
	Run         Run
	Body        string // above the suggestions
	// Owner is the line that tells the suggestions of one job from those of
	// another, which this review leaves alone.
	Owner       string
	Suggestions []Suggestion
	// Wanted holds the marker of every suggestion that still makes sense, also of
	// those that are not among Suggestions.
	Wanted []string
}

// A Suggestion is a comment on lines that are inside one hunk of the diff.
type Suggestion struct {
	Path               string
	StartLine, EndLine int
	Body               string
	Marker             string // the first line of Body
}

// What the hidden lines of a suggestion look like, below its marker and Owner.
const (
	suggestionMarker = "<!-- portcullis suggestion "
	settled          = "<!-- portcullis settled -->"
)

// wire is a suggestion in GitHub's form: a first line only where there are
// several.
func (r Review) wire(s Suggestion) *github.DraftReviewComment {
	body := s.Marker + "\n" + r.Owner + strings.TrimPrefix(s.Body, s.Marker)
	w := &github.DraftReviewComment{
		Path: github.Ptr(s.Path), Body: github.Ptr(body), Line: github.Ptr(s.EndLine), Side: github.Ptr("RIGHT"),
	}
	if s.StartLine < s.EndLine {
		w.StartLine, w.StartSide = github.Ptr(s.StartLine), github.Ptr("RIGHT")
	}
	return w
}

// PostReview posts the suggestions that are not there yet as one review that
// neither approves nor blocks, and settles earlier ones that are not wanted any
// more: their text no longer offers a change. It posts nothing if the head of
// the pull request is another commit by now.
func (c *Client) PostReview(ctx context.Context, r Review) (Outcome, error) {
	now, err := c.current(ctx, r.PullRequest, r.Run.SHA)
	switch {
	case err != nil:
		return "", err
	case !now:
		return Moved, nil
	}
	there, err := c.suggestions(ctx, r.PullRequest)
	if err = c.read(err); err != nil {
		return "", err
	}
	outcome := Unchanged
	if missing := r.missing(there); len(missing) > 0 {
		outcome = Created
		if err := c.createReview(ctx, r, missing); err != nil {
			return "", err
		}
	}
	n, err := c.settle(ctx, r, there)
	if n > 0 && outcome == Unchanged {
		outcome = Updated
	}
	return outcome, err
}

// missing returns the suggestions that are not there.
func (r Review) missing(there []*github.PullRequestComment) []Suggestion {
	var missing []Suggestion
	known := map[string]bool{}
	for _, o := range there {
		known[firstLine(o.GetBody())] = true
	}
	for _, s := range r.Suggestions {
		if !known[s.Marker] {
			missing = append(missing, s)
			known[s.Marker] = true
		}
	}
	return missing
}

func (c *Client) createReview(ctx context.Context, r Review, suggestions []Suggestion) error {
	body := &github.PullRequestReviewRequest{
		CommitID: github.Ptr(r.Run.SHA), Body: github.Ptr(r.Body), Event: github.Ptr("COMMENT"),
	}
	for _, s := range suggestions {
		body.Comments = append(body.Comments, r.wire(s))
	}
	create := func() error {
		_, _, err := c.github.PullRequests.CreateReview(ctx, c.owner, c.name, r.PullRequest, body)
		if err != nil {
			return failed("creating the review", err)
		}
		return nil
	}
	return c.createOnce(ctx, create, func() (bool, error) {
		there, err := c.suggestions(ctx, r.PullRequest)
		return err == nil && len(Review{Suggestions: suggestions}.missing(there)) == 0, err
	})
}

// settle takes the change out of suggestions that are not wanted any more, and
// returns of how many.
func (c *Client) settle(ctx context.Context, r Review, there []*github.PullRequestComment) (int, error) {
	wanted := map[string]bool{}
	for _, marker := range r.Wanted {
		wanted[marker] = true
	}
	n := 0
	for _, o := range there {
		head := lines(o.GetBody(), 2)
		if wanted[head[0]] || head[1] != r.Owner {
			continue
		}
		text := fmt.Sprintf("%s\n%s\n%s\nSettled: the commit %s does not need this change.\n", head[0], r.Owner, settled, r.Run.SHA)
		body := &github.PullRequestComment{Body: github.Ptr(text)}
		if _, _, err := c.github.PullRequests.EditComment(ctx, c.owner, c.name, o.GetID(), body); err != nil {
			return n, failed("settling a suggestion", err)
		}
		n++
	}
	return n, nil
}

// suggestions returns our suggestions that are not settled.
func (c *Client) suggestions(ctx context.Context, number int) ([]*github.PullRequestComment, error) {
	pages := c.github.PullRequests.ListCommentsIter(ctx, c.owner, c.name, number, &github.PullRequestListCommentsOptions{
		ListOptions: github.ListOptions{PerPage: perPage},
	})
	all, err := collect(fmt.Sprintf("listing the review comments of pull request %d", number), pages, same)
	if err != nil {
		return nil, err
	}
	var ours []*github.PullRequestComment
	for _, o := range all {
		head := lines(o.GetBody(), 3)
		if strings.HasPrefix(head[0], suggestionMarker) && head[2] != settled && c.me(ctx).wrote(o.User) {
			ours = append(ours, o)
		}
	}
	return ours, nil
}
