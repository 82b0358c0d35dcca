package lockfile

import (
	"strings"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A node is a value of a document: of JSON, YAML or XML, whose elements and
// attributes are members.
type node struct {
	key   string     // of a member; "" of an element of a list
	keyAt gate.Range // without quotes
	text  string     // of a string
	at    gate.Range // of the text, without quotes
	kids  []*node
}

// noNode has nothing in it.
var noNode = &node{}

// get returns the member that a path of keys leads to, or an empty node.
func (n *node) get(path ...string) *node {
	for _, key := range path {
		next := noNode
		for _, kid := range n.kids {
			if kid.key == key {
				next = kid
				break
			}
		}
		n = next
	}
	return n
}

// all returns the members with a key.
func (n *node) all(key string) []*node {
	var found []*node
	for _, kid := range n.kids {
		if kid.key == key {
			found = append(found, kid)
		}
	}
	return found
}

// within narrows the range of a text to a part of it, which begins at a byte.
func within(at gate.Range, text string, start, length int) gate.Range {
	if at.Line == 0 || start < 0 || start+length > len(text) {
		return at
	}
	at.Column += utf8.RuneCountInString(text[:start])
	at.EndLine, at.EndColumn = at.Line, at.Column+utf8.RuneCountInString(text[start:start+length])
	return at
}

// part narrows the range of a text to the first place of a part of it.
func part(at gate.Range, text, of string) gate.Range {
	return within(at, text, strings.Index(text, of), len(of))
}

// A cursor knows line and column of a byte. It only goes forward, so that a text
// of one line costs no more than any other.
type cursor struct {
	text         []byte
	offset       int
	line, column int
}

func newCursor(text []byte) *cursor { return &cursor{text: text, line: 1, column: 1} }

// to goes to a byte and returns where that is.
func (c *cursor) to(offset int) (line, column int) {
	for c.offset < offset {
		r, size := utf8.DecodeRune(c.text[c.offset:])
		c.offset += size
		c.column++
		if r == '\n' {
			c.line, c.column = c.line+1, 1
		}
	}
	return c.line, c.column
}

// between is the range between two bytes of a line.
func (c *cursor) between(start, end int) gate.Range {
	line, column := c.to(start)
	_, last := c.to(end)
	return gate.Range{Line: line, Column: column, EndLine: line, EndColumn: last}
}
