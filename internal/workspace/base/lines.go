package base

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/utils/diff"
	"github.com/sergi/go-diff/diffmatchpatch"

	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A file of more bytes counts as touched everywhere if it changed at all, and so
// does what is not compared in time: a change must not keep its own run busy.
const (
	maxCompared = 256 << 10
	compareTime = time.Second
)

// A span is a range of lines, both ends included.
type span struct{ first, last int }

// Touches returns a function that reports whether the change touches a line from
// first to last of a file of the tree: adds it, or is not the same as in the
// base. A file that cannot be compared counts as touched. The function compares
// each file once; it may not be called by several goroutines at once.
func (c *Commit) Touches(tree *workspace.Tree) func(path string, first, last int) bool {
	known := map[string][]span{}
	return func(path string, first, last int) bool {
		spans, ok := known[path]
		if !ok {
			spans = c.touched(tree, path)
			known[path] = spans
		}
		for _, s := range spans {
			if s.first <= last && first <= s.last {
				return true
			}
		}
		return false
	}
}

// AtHead reports whether a file of the tree is the same as in the newest commit of
// the change. What is checked is that commit merged into the base: where both
// changed a file its lines have other numbers than in the change itself.
func (c *Commit) AtHead(tree *workspace.Tree, path string) bool {
	if c.head == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := c.head.File(c.prefix + path)
	if err != nil {
		return false
	}
	data, err := tree.ReadFile(path)
	return err == nil && plumbing.ComputeHash(plumbing.BlobObject, data) == f.Hash
}

// touched compares a file with the one of the base.
func (c *Commit) touched(tree *workspace.Tree, path string) []span {
	whole := []span{{first: 1, last: int(^uint(0) >> 1)}}
	now, err := tree.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return whole
	}
	was, err := c.ReadFile(path)
	switch {
	case err != nil:
		return whole
	case bytes.Equal(was, now):
		return nil
	case len(was) > maxCompared || len(now) > maxCompared:
		return whole
	}
	return added(diff.DoWithTimeout(string(was), string(now), compareTime))
}

// added are the lines of the new text that the old one does not have.
func added(edits []diffmatchpatch.Diff) []span {
	var spans []span
	line := 1
	for _, e := range edits {
		n := strings.Count(e.Text, "\n")
		switch e.Type {
		case diffmatchpatch.DiffInsert:
			last := line + n - 1
			if !strings.HasSuffix(e.Text, "\n") {
				last++ // the last line of the file
			}
			spans = append(spans, span{first: line, last: last})
			line += n
		case diffmatchpatch.DiffEqual:
			line += n
		}
	}
	return spans
}
