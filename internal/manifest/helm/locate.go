package helm

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A tracer finds the place in a template of a place in what it rendered to.
type tracer struct {
	rendering    *rendering
	name         string
	real, marked string

	once  sync.Once
	texts []string
	lines []line
}

func (t *tracer) read() {
	t.texts = strings.Split(t.real, "\n")
	t.lines = make([]line, len(t.texts))
	if m := t.rendering.marks; m != nil {
		t.lines = m.lines(t.real, t.marked)
	}
}

// trace returns the place of a range. It is exact where text of a template
// stands on the line: with its columns if the range begins in that text, else
// with the action that made it, if that is on the same line of the template. A
// line that an action made is where the action is, which is inferred.
func (t *tracer) trace(r gate.Range) gate.Location {
	t.once.Do(t.read)
	own := t.rendering.files[t.name]
	nowhere := gate.Location{Path: own.path, Range: gate.Range{Line: 1}, Precision: gate.Fallback}
	if own.place.Path != "" {
		return own.place
	}
	if r.Line < 1 || r.Line > len(t.lines) || t.rendering.marks == nil {
		return nowhere
	}
	l, pieces := t.lines[r.Line-1], t.rendering.marks.pieces
	precision := gate.Exact
	if !l.sure {
		precision = gate.Inferred
	}
	if s, ok := l.at(t.texts[r.Line-1], max(r.Column, 1)); ok {
		p := pieces[s.piece]
		switch literal, found := t.literal(l); {
		case p.literal && l.sure:
			return t.columns(r, s)
		case found && (literal.file != p.file || t.lineOf(literal) == t.lineOf(p)):
			return t.whole(literal, p, precision)
		}
	}
	for _, s := range l.segments {
		return t.whole(pieces[s.piece], pieces[s.piece], gate.Inferred)
	}
	if l.before >= 0 {
		return t.whole(pieces[l.before], pieces[l.before], gate.Inferred)
	}
	return nowhere
}

// literal returns the first text of a template on a line.
func (t *tracer) literal(l line) (piece, bool) {
	for _, s := range l.segments {
		if p := t.rendering.marks.pieces[s.piece]; p.literal {
			return p, true
		}
	}
	return piece{}, false
}

// columns returns the place of a range that begins in text of the template.
func (t *tracer) columns(r gate.Range, s segment) gate.Location {
	p := t.rendering.marks.pieces[s.piece]
	text := t.texts[r.Line-1]
	source := t.source(p)
	start := min(p.start+bytesOf(text, r.Column)-s.at, p.end)
	end := p.end
	if r.EndLine == r.Line {
		end = max(start, min(p.start+bytesOf(text, r.EndColumn)-s.at, p.end))
	}
	return t.location(p, source, start, end, gate.Exact)
}

// whole returns the line of a piece, and on it the place of another one, if that
// is an action on the same line.
func (t *tracer) whole(at, inner piece, precision gate.Precision) gate.Location {
	source := t.source(at)
	if !inner.literal && inner.file == at.file && t.lineOf(inner) == t.lineOf(at) {
		if start, end, ok := braces(source, inner.start); ok {
			return t.location(inner, source, start, end, precision)
		}
	}
	start := strings.LastIndexByte(source[:at.start], '\n') + 1
	text, _, _ := strings.Cut(source[start:], "\n")
	blank := len(text) - len(strings.TrimLeft(text, " \t"))
	return t.location(at, source, start+blank, start+len(strings.TrimRight(text, " \t\r")), precision)
}

// location makes a place of offsets in a template.
func (t *tracer) location(p piece, source string, start, end int, precision gate.Precision) gate.Location {
	file := t.rendering.files[p.file]
	if file.place.Path != "" {
		return file.place
	}
	at := gate.Location{Path: file.path, Precision: precision}
	at.Line, at.Column = position(source, start)
	at.EndLine, at.EndColumn = position(source, max(start, end))
	return at
}

func (t *tracer) source(p piece) string { return t.rendering.files[p.file].text }

func (t *tracer) lineOf(p piece) int {
	n, _ := position(t.source(p), p.start)
	return n
}

// position returns line and column of an offset.
func position(text string, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[start:])
}

// bytesOf returns the offset of a column of a line.
func bytesOf(text string, column int) int {
	offset := 0
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text[offset:])
		offset += size
	}
	return offset
}

// braces returns where the action that an offset is in begins and ends.
func braces(source string, offset int) (start, end int, ok bool) {
	start = strings.LastIndex(source[:offset], "{{")
	quote := byte(0)
	for i := offset; i < len(source) && start >= 0; i++ {
		switch c := source[i]; {
		case quote != 0 && c == '\\' && quote != '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '`' || c == '\'':
			quote = c
		case strings.HasPrefix(source[i:], "}}"):
			return start, i + 2, true
		}
	}
	return 0, 0, false
}
