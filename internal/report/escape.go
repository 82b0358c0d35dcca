package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Terminal returns s as one line that cannot do anything to a terminal or to
// its reader: control characters (line breaks, carriage returns, tabs and the
// start of every ANSI and OSC sequence), bidirectional controls, invisible
// characters and broken UTF-8 are shown escaped, like "\x1b" and "\u202e".
func Terminal(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case hidden(r):
			b.WriteString(escaped(r))
		default:
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// Log returns s as one line that the Actions runner prints and does not obey.
// The runner reads "::command::" at the start of a line and, anywhere in it,
// the older "##[command]"; both are broken up, visibly. The rest is as in
// [Terminal].
func Log(s string) string { return logLine(Terminal(s)) }

// logLine is Log for a whole line without control characters other than our
// own colours.
func logLine(line string) string {
	line = strings.ReplaceAll(line, "##[", `#\x23[`)
	trimmed := strings.TrimLeftFunc(line, unicode.IsSpace)
	if !strings.HasPrefix(trimmed, "::") {
		return line
	}
	return line[:len(line)-len(trimmed)] + `\x3a` + trimmed[1:]
}

// CommandData escapes the data of a workflow command, the text after the second
// "::". The runner gives its reader exactly s.
func CommandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// CommandProperty escapes a property of a workflow command, such as a file
// name. The runner gives its reader exactly s.
func CommandProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// hidden reports whether a reader would not see r, or see something else in
// its place.
func hidden(r rune) bool {
	switch {
	case r >= ' ' && r <= '~':
		return false
	case unicode.Is(blank, r):
		return true
	}
	return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r)
}

// blank are printable characters that print nothing: fillers, the grapheme
// joiner, variation selectors that no emoji needs.
var blank = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034F, Hi: 0x034F, Stride: 1},
		{Lo: 0x115F, Hi: 0x1160, Stride: 1},
		{Lo: 0x17B4, Hi: 0x17B5, Stride: 1},
		{Lo: 0x180B, Hi: 0x180F, Stride: 1},
		{Lo: 0x2800, Hi: 0x2800, Stride: 1},
		{Lo: 0x3164, Hi: 0x3164, Stride: 1},
		{Lo: 0xFE00, Hi: 0xFE0D, Stride: 1},
		{Lo: 0xFFA0, Hi: 0xFFA0, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0xE0000, Hi: 0xE0FFF, Stride: 1}},
}

// escaped shows a hidden character.
func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xFFFF:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// lines is s as lines without hidden characters: what a sink uses that can show
// a text of several lines.
func lines(s string) []string {
	parts := strings.Split(strings.ReplaceAll(strings.TrimRight(s, "\r\n"), "\r\n", "\n"), "\n")
	for i, part := range parts {
		parts[i] = Terminal(strings.ReplaceAll(part, "\t", "    "))
	}
	return parts
}

// cut shortens s to at most limit units and says how many characters it left
// out. A unit is what width counts for a character; s is never cut inside one.
func cut(s string, limit int, width func(rune) int) string {
	total := 0
	for _, r := range s {
		total += width(r)
	}
	if total <= limit {
		return s
	}
	const room = 40 // for the sentence below
	kept, used := 0, 0
	for i, r := range s {
		if used+width(r) > max(limit-room, 0) {
			kept = i
			break
		}
		used += width(r)
	}
	return fmt.Sprintf("%s… (%d characters omitted)", s[:kept], utf8.RuneCountInString(s[kept:]))
}

// perCharacter is a width for [cut]: every character counts one.
func perCharacter(rune) int { return 1 }
