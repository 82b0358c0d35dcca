package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const (
	tabStop   = 4
	plainLine = 160 // the longest source line shown where there is no terminal
	shortLine = 40  // a source line gets at least this much
)

// gutter is the width of the line number before a source line.
func gutter(f gate.Finding) int { return max(5, len(fmt.Sprint(f.Line))+1) }

// snippet prints the source line of a finding with its number, and below it a
// marker under the columns that are at fault.
func (o Options) snippet(f gate.Finding, st style) string {
	if f.Source == "" || f.Line < 1 {
		return ""
	}
	width := plainLine
	if o.Width > 0 {
		width = max(o.Width-gutter(f)-4, shortLine)
	}
	source, marker := mark(f.Source, f.Range, width)
	bar := strings.Repeat(" ", gutter(f)) + " |"
	out := o.paint(blue, fmt.Sprintf("%*d |", gutter(f), f.Line)) + " " + source
	out = strings.TrimRight(out, " ") + "\n"
	if marker != "" {
		out += o.paint(blue, bar) + " " + marker[:strings.Index(marker, "^")] + o.paint(st, marker[strings.Index(marker, "^"):]) + "\n"
	}
	return out
}

// mark returns a source line as the terminal shows it, at most width columns of
// it, and the marker that belongs under it; "" without a column.
func mark(source string, at gate.Range, width int) (line, marker string) {
	all := cells(source)
	start, end := span(at, len(all))
	offset := columns(all[:start])
	length := max(columns(all[start:end]), 1)
	from, to := window(all, offset, length, width)
	lead := ""
	if from > 0 {
		lead = "…"
	}
	var b strings.Builder
	b.WriteString(lead)
	for _, c := range all[from:to] {
		b.WriteString(c.text)
	}
	if to < len(all) {
		b.WriteString("…")
	}
	if at.Column < 1 {
		return b.String(), ""
	}
	before := offset - columns(all[:from]) + len([]rune(lead))
	length = min(length, max(width-before, 1))
	return b.String(), strings.Repeat(" ", before) + "^" + strings.Repeat("~", length-1)
}

// span returns the first character at fault and the one after the last, as
// indices into a line of n characters.
func span(at gate.Range, n int) (start, end int) {
	start = min(max(at.Column-1, 0), n)
	switch {
	case at.EndLine > at.Line:
		return start, n
	case at.EndColumn > max(at.Column, 1):
		return start, min(at.EndColumn-1, n)
	}
	return start, min(start+1, n)
}

// A cell is one character of a source line as it is shown.
type cell struct {
	text  string
	width int
}

// cells returns the characters of a line: tabs become blanks up to the next
// stop, hidden characters are escaped.
func cells(line string) []cell {
	var all []cell
	for at := 0; len(line) > 0; {
		r, size := utf8.DecodeRuneInString(line)
		c := cell{text: Terminal(line[:size])}
		if r == '\t' {
			c.text = strings.Repeat(" ", tabStop-at%tabStop)
		}
		c.width = terminal.StringWidth(c.text)
		all, at, line = append(all, c), at+c.width, line[size:]
	}
	return all
}

// columns is the width of cells.
func columns(all []cell) int {
	n := 0
	for _, c := range all {
		n += c.width
	}
	return n
}

// window chooses the cells to show of a line wider than width, so that the
// marker and something before it can be seen.
func window(all []cell, offset, length, width int) (from, to int) {
	if columns(all) <= width {
		return 0, len(all)
	}
	width -= 2 // the ellipses
	if offset+min(length, width/2) > width {
		for skipped := 0; from < len(all) && skipped < offset-width/4; from++ {
			skipped += all[from].width
		}
	}
	for to = from; to < len(all) && all[to].width <= width; to++ {
		width -= all[to].width
	}
	return from, to
}
