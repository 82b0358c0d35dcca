package syntax

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A Span is a half-open range of byte offsets into a file.
type Span struct{ Start, End int }

// source is the bytes of a file, without a byte order mark, and its lines.
type source struct {
	src   string
	lines []int // offset at which each line starts
}

func newSource(src string) source {
	s := source{src: src, lines: make([]int, 1, strings.Count(src, "\n")+1)}
	for i := 0; i < len(src); {
		n := strings.IndexByte(src[i:], '\n')
		if n < 0 {
			break
		}
		i += n + 1
		if i < len(src) {
			s.lines = append(s.lines, i)
		}
	}
	return s
}

// Range converts a span to lines and columns.
func (s *source) Range(sp Span) gate.Range {
	line, column := s.position(sp.Start)
	endLine, endColumn := s.position(max(sp.Start, sp.End))
	return gate.Range{Line: line, Column: column, EndLine: endLine, EndColumn: endColumn}
}

// Size is the number of bytes of the file, without a byte order mark.
func (s *source) Size() int { return len(s.src) }

// Text returns the bytes of a span as they stand in the file.
func (s *source) Text(sp Span) string { return s.src[sp.Start:sp.End] }

// After returns what stands behind a span, up to the end of the file.
func (s *source) After(sp Span) string { return s.src[sp.End:] }

// Lines returns the span of whole lines, without the line break of the last.
func (s *source) Lines(first, last int) Span {
	return Span{Start: s.lines[first-1], End: s.lines[last-1] + len(s.line(last))}
}

func (s *source) position(offset int) (line, column int) {
	line = sort.SearchInts(s.lines, offset+1)
	return line, 1 + utf8.RuneCountInString(s.src[s.lines[line-1]:offset])
}

// line returns line n, counted from 1, without its line break.
func (s *source) line(n int) string {
	return strings.TrimRight(s.src[s.lines[n-1]:s.end(n)], "\r\n")
}

// end returns the offset after line n and its line break.
func (s *source) end(n int) int {
	if n < len(s.lines) {
		return s.lines[n]
	}
	return len(s.src)
}

// A text is put together from pieces of a file and still knows where each of
// its bytes came from.
type text struct {
	s    string
	from []piece // sorted by at; shared by the texts that were cut out of one
	base int     // where s begins among the places that from counts
}

// piece says that the bytes from at on came from offset src on.
type piece struct{ at, src int }

// offset returns where byte i came from; the end of the text is the offset
// after its last byte.
func (t text) offset(i int) int {
	if i >= len(t.s) && i > 0 {
		return t.offset(len(t.s)-1) + 1
	}
	i += t.base
	n := t.pieceAt(i)
	if n < 0 {
		return 0
	}
	return t.from[n].src + i - t.from[n].at
}

// pieceAt returns the piece that place i of from is in, -1 before the first.
func (t text) pieceAt(i int) int {
	return sort.Search(len(t.from), func(n int) bool { return t.from[n].at > i }) - 1
}

// span returns where the bytes i to j, j exclusive, came from. It ends after
// the last of them, so that it never takes in a line break that follows.
func (t text) span(i, j int) Span {
	if j <= i {
		return Span{Start: t.offset(i), End: t.offset(i)}
	}
	return Span{Start: t.offset(i), End: t.offset(j-1) + 1}
}

// slice returns the bytes i to j as a text of their own.
func (t text) slice(i, j int) text {
	if i >= j {
		return text{from: []piece{{src: t.offset(i)}}}
	}
	return text{s: t.s[i:j], from: t.from, base: t.base + i}
}

// trimSpace returns the text without white space at its ends.
func (t text) trimSpace() text {
	left := len(t.s) - len(trimLeft(t.s))
	right := len(strings.TrimRightFunc(t.s, unicode.IsSpace))
	return t.slice(min(left, right), right)
}

func trimLeft(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }

// A builder puts a text together.
type builder struct {
	b    strings.Builder
	from []piece
}

// add appends bytes that stand at offset src of the file.
func (b *builder) add(s string, src int) {
	if s == "" && len(b.from) > 0 {
		return
	}
	if n := len(b.from); n == 0 || b.from[n-1].src+b.b.Len()-b.from[n-1].at != src {
		b.from = append(b.from, piece{at: b.b.Len(), src: src})
	}
	b.b.WriteString(s)
}

// addText appends the bytes i to j of a text.
func (b *builder) addText(t text, i, j int) {
	if i >= j {
		b.add("", t.offset(i))
		return
	}
	i, j = i+t.base, j+t.base
	for n := max(t.pieceAt(i), 0); n < len(t.from) && t.from[n].at < j; n++ {
		p, end := t.from[n], j
		if n+1 < len(t.from) {
			end = min(end, t.from[n+1].at)
		}
		if start := max(p.at, i); start < end {
			b.add(t.s[start-t.base:end-t.base], p.src+start-p.at)
		}
	}
}

func (b *builder) text() text { return text{s: b.b.String(), from: b.from} }
