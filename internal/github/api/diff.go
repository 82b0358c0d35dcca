package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/go-github/v90/github"
)

// maxFiles is how many files of a pull request GitHub lists.
const maxFiles = 3000

// A Hunk is a part of a diff: the lines from First to Last of the new file.
type Hunk struct{ First, Last int }

// A Diff holds the hunks of each file of a pull request, in order. A file whose
// diff GitHub does not show has none.
type Diff map[string][]Hunk

// Holds reports whether the lines from first to last of a file are in one hunk,
// where a review may comment on them.
func (d Diff) Holds(path string, first, last int) bool {
	for _, h := range d[path] {
		if h.First <= first && first <= last && last <= h.Last {
			return true
		}
	}
	return false
}

// Diff reads the diff of a pull request.
func (c *Client) Diff(ctx context.Context, number int) (Diff, error) {
	what := fmt.Sprintf("reading the diff of pull request %d", number)
	pages := c.github.PullRequests.ListFilesIter(ctx, c.owner, c.name, number, &github.ListOptions{PerPage: perPage})
	files, err := collect(what, pages, same)
	if err != nil {
		return nil, err
	}
	d := Diff{}
	for _, f := range files[:min(len(files), maxFiles)] {
		if f.GetStatus() == "removed" || f.GetPatch() == "" {
			continue
		}
		hunks, err := hunksOf(f.GetPatch())
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", what, f.GetFilename(), err)
		}
		d[f.GetFilename()] = hunks
	}
	return d, nil
}

var errPatch = errors.New("not a patch")

// hunksOf reads a patch as GitHub shows it: hunks without the names of files. A
// hunk ends with the last line that is there, which may be earlier than its head
// says.
func hunksOf(patch string) ([]Hunk, error) {
	var hunks []Hunk
	next, left := 0, 0 // the next line of the new file, and how many its head says are to come
	for line := range strings.SplitSeq(patch, "\n") {
		switch {
		case strings.HasPrefix(line, "@@ "):
			first, count, ok := newLines(line)
			if !ok {
				return nil, errPatch
			}
			hunks, next, left = append(hunks, Hunk{First: first, Last: first - 1}), first, count
		case len(hunks) == 0:
			return nil, errPatch
		case left > 0 && (line == "" || line[0] == '+' || line[0] == ' '):
			hunks[len(hunks)-1].Last = next
			next, left = next+1, left-1
		}
	}
	return hunks, nil
}

// newLines reads the part of a hunk's head that is about the new file:
// "@@ -1,2 +3,4 @@ …" is 4 lines from line 3.
func newLines(head string) (first, count int, ok bool) {
	fields := strings.Fields(head)
	if len(fields) < 4 || fields[3] != "@@" || !strings.HasPrefix(fields[2], "+") {
		return 0, 0, false
	}
	start, length, several := strings.Cut(fields[2][1:], ",")
	first, err := strconv.Atoi(start)
	if err != nil || first < 0 {
		return 0, 0, false
	}
	if !several {
		return first, 1, true
	}
	count, err = strconv.Atoi(length)
	return first, count, err == nil && count >= 0
}
