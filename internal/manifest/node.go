package manifest

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// span is a part of a file in bytes, end exclusive.
type span struct{ start, end int }

type kind uint8

const (
	scalar kind = iota
	mapping
	sequence
)

// A node is a value of a document and where it stands. What an alias stands for
// is shared, so a tree can be larger than its text: weight counts the values of
// the tree as it is after every alias has been replaced.
type node struct {
	kind   kind
	span   span
	fields []field // of a mapping, in the order of the text
	items  []*node // of a sequence
	weight int
}

type field struct {
	name  string
	key   span
	plain bool // written without quotes: the name may be meant as a number or a boolean
	value *node
}

// child returns what one step of a path leads to.
func (n *node) child(step any) (field, bool) {
	switch step := step.(type) {
	case string:
		for _, f := range n.fields {
			if f.name == step {
				return f, true
			}
		}
	case int:
		if step >= 0 && step < len(n.items) {
			return field{value: n.items[step]}, true
		}
	}
	return field{}, false
}

// text is the content of a file with an index of its lines.
type text struct {
	data  []byte
	lines []int // offset of the first byte of each line
}

var byteOrderMark = []byte("\ufeff")

func newText(data []byte) *text {
	t := &text{data: data, lines: []int{0}}
	for i, b := range data {
		if b == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	return t
}

// position returns line and column of an offset.
func (t *text) position(offset int) (line, column int) {
	line = sort.SearchInts(t.lines, offset+1)
	before := t.data[t.lines[line-1]:offset]
	before = bytes.TrimPrefix(before, byteOrderMark) // nobody sees or counts it
	return line, 1 + utf8.RuneCount(before)
}

func (t *text) rangeOf(s span) gate.Range {
	var r gate.Range
	r.Line, r.Column = t.position(s.start)
	r.EndLine, r.EndColumn = t.position(max(s.start, s.end))
	return r
}
