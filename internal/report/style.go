package report

import (
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A style is the parameter of an ANSI colour sequence.
type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "1;31"
	green  style = "1;32"
	yellow style = "1;33"
	blue   style = "1;34"
	purple style = "1;35"
	cyan   style = "36"
)

// paint colours s if colours are on. s must have been escaped before.
func (o Options) paint(st style, s string) string {
	if !o.Color || s == "" {
		return s
	}
	return "\x1b[" + string(st) + "m" + s + "\x1b[0m"
}

// severityStyle is the colour of a severity.
func severityStyle(s gate.Severity) style {
	switch s.Effective() {
	case gate.Critical:
		return purple
	case gate.High:
		return red
	case gate.Medium:
		return yellow
	}
	return blue
}

// verdictStyle is the colour of a verdict.
func verdictStyle(v gate.Verdict) style {
	switch v {
	case gate.Passed:
		return green
	case gate.Skipped:
		return dim
	}
	return red
}

// terminal measures characters; unlike the library's default it does not look
// at the environment.
var terminal = runewidth.Condition{StrictEmojiNeutral: true}

// A column of a table: its cells are escaped text.
type column struct {
	text  string
	style style // "": none
	right bool
}

// width is how many columns escaped text takes.
func width(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return terminal.StringWidth(s)
		}
	}
	return len(s)
}

// table prints rows with their columns aligned, two blanks apart, after indent.
func (o Options) table(indent string, rows [][]column) string {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if i < len(row)-1 || c.right { // the end of a row makes no room for itself
				widths[i] = max(widths[i], width(c.text))
			}
		}
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(o.row(indent, row, widths))
	}
	return b.String()
}

// row prints a row of a table whose columns have these widths, or more.
func (o Options) row(indent string, row []column, widths []int) string {
	line := indent
	for i, c := range row {
		pad := strings.Repeat(" ", max(widths[i]-width(c.text), 0))
		text := c.text
		if c.style != "" {
			text = o.paint(c.style, text)
		}
		if c.right {
			line += pad + text + "  "
		} else {
			line += text + pad + "  "
		}
	}
	return strings.TrimRight(line, " ") + "\n"
}
