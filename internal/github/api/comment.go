package api

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-github/v90/github"
)

// A Comment is the one comment of a workflow on a pull request.
type Comment struct {
	PullRequest int
	// Marker is the first line of Body. A comment of the same author that begins
	// with it is this one, and is updated.
	Marker string
	Body   string
	Run    Run
}

// CommentRoom is how many characters a poster adds to a body.
const CommentRoom = 200

// text is the body with the run named behind the marker.
func (m Comment) text() string {
	rest := strings.TrimPrefix(strings.TrimPrefix(m.Body, m.Marker), "\n")
	return m.Marker + "\n" + m.Run.line() + "\n" + rest
}

// PostComment creates or updates a comment, and removes older copies of it. It
// posts nothing if the head of the pull request is another commit by now, or if
// a newer run has been there.
func (c *Client) PostComment(ctx context.Context, m Comment) (Outcome, error) {
	now, err := c.current(ctx, m.PullRequest, m.Run.SHA)
	switch {
	case err != nil:
		return "", err
	case !now:
		return Moved, nil
	}
	ours, err := c.comments(ctx, m)
	if err = c.read(err); err != nil {
		return "", err
	}
	for _, o := range ours {
		if by, ok := runOf(o.GetBody()); ok && by.newer(m.Run) {
			return Overtaken, nil
		}
	}
	if len(ours) == 0 {
		return Created, c.createComment(ctx, m)
	}
	body := &github.IssueComment{Body: github.Ptr(m.text())}
	if _, _, err := c.github.Issues.EditComment(ctx, c.owner, c.name, ours[0].GetID(), body); err != nil {
		return "", failed("updating the comment", err)
	}
	return Updated, c.removeComments(ctx, ours[1:])
}

func (c *Client) createComment(ctx context.Context, m Comment) error {
	create := func() error {
		body := &github.IssueComment{Body: github.Ptr(m.text())}
		_, _, err := c.github.Issues.CreateComment(ctx, c.owner, c.name, m.PullRequest, body)
		if err != nil {
			return failed("creating the comment", err)
		}
		return nil
	}
	return c.createOnce(ctx, create, func() (bool, error) {
		ours, err := c.comments(ctx, m)
		return len(ours) > 0, err
	})
}

// removeComments deletes copies, which two runs at once may leave.
func (c *Client) removeComments(ctx context.Context, copies []*github.IssueComment) error {
	for _, o := range copies {
		if _, err := c.github.Issues.DeleteComment(ctx, c.owner, c.name, o.GetID()); err != nil {
			if err = failed("removing an older copy of the comment", err); !missing(err) {
				return err
			}
		}
	}
	return nil
}

// comments returns the comments that are this one, oldest first.
func (c *Client) comments(ctx context.Context, m Comment) ([]*github.IssueComment, error) {
	pages := c.github.Issues.ListCommentsIter(ctx, c.owner, c.name, m.PullRequest, &github.IssueListCommentsOptions{
		ListOptions: github.ListOptions{PerPage: perPage},
	})
	all, err := collect(fmt.Sprintf("listing the comments of pull request %d", m.PullRequest), pages, same)
	if err != nil {
		return nil, err
	}
	var ours []*github.IssueComment
	for _, o := range all {
		if firstLine(o.GetBody()) == m.Marker && c.me(ctx).wrote(o.User) {
			ours = append(ours, o)
		}
	}
	return ours, nil
}

func same[T any](v T) T { return v }

// lines returns the first n lines of a body as GitHub returns it, which may have
// other line breaks than were posted.
func lines(body string, n int) []string {
	all := append(strings.SplitN(body, "\n", n+1), make([]string, n)...)[:n]
	for i := range all {
		all[i] = strings.TrimSuffix(all[i], "\r")
	}
	return all
}

// firstLine is the first line of a body.
func firstLine(body string) string { return lines(body, 1)[0] }
