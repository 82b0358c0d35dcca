package sarif

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	// embedded is a link in the text of a message: "[user input](1)".
	embedded = regexp.MustCompile(`\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*\)`)
	// argument is the place of an argument, or a doubled brace.
	argument = regexp.MustCompile(`\{\{|\}\}|\{([0-9]{1,3})\}`)
	// escaped is what a message has to write with a backslash.
	escaped = strings.NewReplacer(`\[`, `[`, `\]`, `]`, `\\`, `\`)
)

// plain returns the text of a message: its own, else that of its rule, with the
// arguments in their places and without the links.
func (m message) plain(strs map[string]message) string {
	text := m.Text
	if text == "" {
		text = strs[m.ID].Text
	}
	if len(m.Arguments) > 0 || m.Text == "" {
		text = argument.ReplaceAllStringFunc(text, func(s string) string {
			if s == "{{" || s == "}}" {
				return s[:1]
			}
			if n, err := strconv.Atoi(s[1 : len(s)-1]); err == nil && n < len(m.Arguments) {
				return m.Arguments[n]
			}
			return s
		})
	}
	return strings.TrimSpace(escaped.Replace(embedded.ReplaceAllString(text, "$1")))
}
