package helm

import (
	"strings"
	"unicode/utf8"
)

// A segment is the part of a rendered line that begins at an offset and was
// made by a piece.
type segment struct {
	at    int
	piece int
}

// A line is what is known of a rendered line.
type line struct {
	segments []segment
	before   int  // the last piece above, -1 for none
	sure     bool // the marked rendering says the same as the real one
}

// lines finds out what made each line of the real rendering, by the one with
// marks. Where the two differ, lines above count and those below are guesses.
func (m *marks) lines(real, marked string) []line {
	want := strings.Split(real, "\n")
	got := strings.Split(marked, "\n")
	all := make([]line, len(want))
	before := -1
	aligned := len(want) == len(got)
	for i := range want {
		all[i].before = before
		if i >= len(got) {
			continue
		}
		text, segments := m.read(got[i])
		same := text == want[i]
		if !same && !aligned {
			got = got[:i] // nothing below can be told
			continue
		}
		all[i].segments, all[i].sure = segments, same
		if len(segments) > 0 {
			before = segments[len(segments)-1].piece
		}
	}
	return all
}

// read takes the marks out of a line.
func (m *marks) read(s string) (text string, segments []segment) {
	var b strings.Builder
	high := rune(-1)
	for i, r := range s {
		switch {
		case !m.isMark(r):
			b.WriteString(s[i : i+width(s[i:])])
		case r >= m.base+digits:
			high = r - m.base - digits
		case high >= 0:
			if n := int(high)*digits + int(r-m.base); n < len(m.pieces) {
				segments = append(segments, segment{at: b.Len(), piece: n})
			}
			high = -1
		}
	}
	return b.String(), segments
}

// width returns the bytes of the first character, valid or not.
func width(s string) int {
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// at returns the segment that a column of the line is in, and whether there is
// one.
func (l line) at(text string, column int) (segment, bool) {
	offset := 0
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text[offset:])
		offset += size
	}
	for i := len(l.segments) - 1; i >= 0; i-- {
		if l.segments[i].at <= offset {
			return l.segments[i], true
		}
	}
	return segment{}, false
}
