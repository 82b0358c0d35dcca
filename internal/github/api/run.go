package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// A Run is the run of a workflow that posts. What it posts names it in a hidden
// line, so that a slow old run does not write over what a newer one said.
type Run struct {
	ID      int64
	Attempt int
	SHA     string // the commit that was checked
}

// line is the hidden line. It holds numbers and a commit, nothing else.
func (r Run) line() string {
	return fmt.Sprintf("<!-- portcullis run %d/%d %s -->", r.ID, r.Attempt, r.SHA)
}

var runLine = regexp.MustCompile(`(?m)^<!-- portcullis run (\d{1,18})/(\d{1,9}) ([0-9a-f]{0,64}) -->\r?$`)

// runOf reads the hidden line of a text.
func runOf(text string) (Run, bool) {
	m := runLine.FindStringSubmatch(text)
	if m == nil {
		return Run{}, false
	}
	id, err1 := strconv.ParseInt(m[1], 10, 64)
	attempt, err2 := strconv.Atoi(m[2])
	return Run{ID: id, Attempt: attempt, SHA: m[3]}, errors.Join(err1, err2) == nil
}

// newer reports whether r is a later run than o for the same commit.
func (r Run) newer(o Run) bool {
	return r.SHA == o.SHA && cmp.Or(cmp.Compare(r.ID, o.ID), cmp.Compare(r.Attempt, o.Attempt)) > 0
}

// An Outcome says what a poster did, for the log: "created", "updated".
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	// Overtaken: a newer run has posted for the same commit already.
	Overtaken Outcome = "left to a newer run"
	// Moved: the pull request has a newer commit, which this verdict is not about.
	Moved Outcome = "left out: the pull request has moved on"
)

// current reports whether a commit still is the head of a pull request.
func (c *Client) current(ctx context.Context, number int, sha string) (bool, error) {
	p, err := c.PullRequest(ctx, number)
	if err != nil {
		return true, c.read(err)
	}
	return p.HeadSHA == sha, nil
}

// read returns the error of reading what is there already. A dry run shows what
// would be posted even so, as if there were nothing.
func (c *Client) read(err error) error {
	if err != nil && c.manners.dryRun != nil {
		c.log.Debug("dry run: taken for nothing", "cause", err)
		return nil
	}
	return err
}

// createOnce creates something that must not be there twice. If an answer got
// lost, it looks whether the request was carried out before it tries again.
func (c *Client) createOnce(ctx context.Context, create func() error, exists func() (bool, error)) error {
	for attempt := 1; ; attempt++ {
		err := create()
		if err == nil || !unknown(err) || attempt == attempts {
			return err
		}
		c.log.Debug("looking whether a request was carried out", "cause", err)
		if err := c.manners.sleep(ctx, c.manners.backoff(c.manners.pause, attempt)); err != nil {
			return err
		}
		found, lookup := exists()
		if found {
			return nil
		}
		if lookup != nil {
			return fmt.Errorf("%w; whether it was carried out is not known: %w", err, lookup)
		}
	}
}

// unknown reports whether an error leaves open if the request was carried out.
func unknown(err error) bool {
	var f *Failure
	if errors.As(err, &f) {
		return f.Status >= http.StatusInternalServerError
	}
	return !errors.Is(err, ErrBudget) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}
