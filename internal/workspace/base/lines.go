package base

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"strings"
	"time"

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

// everything is a file of any length.
var everything = span{first: 1, last: math.MaxInt}

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

// AtHead returns a function that tells which line of the change's newest commit
// is the same as a line of a file of the tree, 0 if none is. What is checked is
// that commit merged into the base: where both changed a file, its lines have
// other numbers than in the change itself. The function compares each file once;
// it may not be called by several goroutines at once. Without that commit there
// is none.
func (c *Commit) AtHead(tree *workspace.Tree) func(path string, line int) int {
	if c.head == nil {
		return nil
	}
	known := map[string][]moved{}
	return func(path string, line int) int {
		all, ok := known[path]
		if !ok {
			all = c.moves(tree, path)
			known[path] = all
		}
		for _, m := range all {
			if m.first <= line && line <= m.last {
				return line + m.by
			}
		}
		return 0
	}
}

// A moved span has other numbers in another version of its file.
type moved struct {
	span
	by int
}

// moves compares a file with the one of the newest commit.
func (c *Commit) moves(tree *workspace.Tree, path string) []moved {
	newest := &Commit{SHA: "the change", tree: c.head, prefix: c.prefix}
	c.mu.Lock()
	head, errHead := newest.ReadFile(path)
	c.mu.Unlock()
	now, err := tree.ReadFile(path)
	switch {
	case errors.Join(err, errHead) != nil:
		return nil
	case bytes.Equal(head, now):
		return []moved{{span: everything}}
	case len(head) > maxCompared || len(now) > maxCompared:
		return nil
	}
	var all []moved
	line, by := 1, 0
	for _, e := range diff.DoWithTimeout(string(now), string(head), compareTime) {
		switch n := strings.Count(e.Text, "\n"); e.Type {
		case diffmatchpatch.DiffEqual:
			if !strings.HasSuffix(e.Text, "\n") {
				n++ // the last line of the file
			}
			all = append(all, moved{span: span{first: line, last: line + n - 1}, by: by})
			line += n
		case diffmatchpatch.DiffDelete:
			line, by = line+n, by-n
		case diffmatchpatch.DiffInsert:
			by += n
		}
	}
	return all
}

// touched compares a file with the one of the base.
func (c *Commit) touched(tree *workspace.Tree, path string) []span {
	whole := []span{everything}
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
