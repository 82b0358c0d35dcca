package report

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// MarkdownCode returns s as a code span of GitHub Flavored Markdown on one
// line. Nothing in it is read as Markdown, a mention, a reference or HTML: its
// fence is one backtick longer than the longest run of them in s.
func MarkdownCode(s string) string {
	s = Terminal(s)
	if strings.Trim(s, " ") == "" {
		s = `""` // a span of blanks only would not be one
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' || s[len(s)-1] == ' ' {
		s = " " + s + " " // Markdown takes one blank off each end
	}
	return fence + s + fence
}

// markdownFence returns lines as a fenced code block, each line after indent.
func markdownFence(indent string, lines ...string) string { return fence(indent, "text", lines...) }

// fence is markdownFence in a language of ours.
func fence(indent, language string, lines ...string) string {
	fence := "```"
	for _, line := range lines {
		if n := longestRun(line); n >= len(fence) {
			fence = strings.Repeat("`", n+1)
		}
	}
	var b strings.Builder
	b.WriteString(indent + fence + language + "\n")
	for _, line := range lines {
		b.WriteString(indent + Terminal(line) + "\n")
	}
	b.WriteString(indent + fence + "\n")
	return b.String()
}

// longestRun is the length of the longest run of backticks in s.
func longestRun(s string) int {
	longest, run := 0, 0
	for _, c := range []byte(s) {
		if c != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// MarkdownText returns s as a line of prose of GitHub Flavored Markdown. Plain
// words stay as they are; every word that GitHub could make something of (a
// link, mention, reference, heading, list, emphasis, HTML, formula, emoji)
// becomes code. It is for what documents a rule; what was found is shown with
// [MarkdownCode].
func MarkdownText(s string) string {
	var out, code []string
	flush := func() {
		if len(code) > 0 {
			out, code = append(out, MarkdownCode(strings.Join(code, " "))), nil
		}
	}
	for _, word := range strings.Fields(s) {
		if plainWord(word) {
			flush()
			out = append(out, word)
			continue
		}
		code = append(code, word)
	}
	flush()
	return strings.Join(out, " ")
}

// A commit's hash, and names like GH-12 and CVE-2024-1, become links.
var linked = regexp.MustCompile(`(?i)\b[0-9a-f]{7,}\b|-[0-9]|www\.`)

// plainWord reports whether a word means nothing in Markdown, wherever it stands.
func plainWord(word string) bool {
	letters := false
	for i, r := range word {
		switch {
		case hidden(r):
			return false
		case unicode.IsLetter(r):
			letters = true
		case unicode.IsDigit(r), unicode.Is(unicode.Mn, r):
		case r == '.' || r == ')' || r == '-':
			if !letters {
				return false // a list, a rule or the underline of a heading
			}
		case r == ':':
			if i != len(word)-1 {
				return false // the scheme of a URL, or an emoji
			}
		case !strings.ContainsRune(`,;?!'"(/…–—‘’“”`, r):
			return false
		}
	}
	return !linked.MatchString(word)
}

// MessageText returns s as a plain text message of SARIF, of several lines if s
// has them. "[text](target)" would be read as a link; a blank keeps the two
// halves apart.
func MessageText(s string) string {
	return strings.ReplaceAll(strings.Join(lines(s), "\n"), "](", "] (")
}

// JSON returns an encoded JSON document with every character of its strings
// escaped that could act on whoever prints the document: [Terminal]'s, and the
// start of the runner's older command syntax. What it decodes to is the same.
func JSON(document []byte) []byte {
	if !bytes.Contains(document, []byte("##[")) && !bytes.ContainsFunc(document, unusual) {
		return document
	}
	s := strings.ReplaceAll(string(document), "##[", `#\u0023[`)
	layout := func(r rune) bool { return r != '\n' && hidden(r) }
	if !strings.ContainsFunc(s, layout) {
		return []byte(s)
	}
	var b strings.Builder
	for _, r := range s {
		if !layout(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return []byte(b.String())
}

// unusual reports whether a character of a document needs a closer look: all
// but those that ASCII prints and the line break.
func unusual(r rune) bool { return (r < ' ' || r > '~') && r != '\n' }

// XML returns a document of encoding/xml with real line breaks, after [Markup].
// Its strings must have come through [Terminal], line by line: XML 1.0 has no
// way to write a control character.
func XML(document []byte) []byte {
	return Markup(bytes.ReplaceAll(document, []byte("&#xA;"), []byte("\n")))
}

// Markup returns an XML or HTML document so that no line of it is a command to
// the Actions runner. What it decodes to is the same.
func Markup(document []byte) []byte {
	all := bytes.Split(bytes.ReplaceAll(document, []byte("##["), []byte("#&#35;[")), []byte("\n"))
	for i, line := range all {
		if trimmed := bytes.TrimLeftFunc(line, unicode.IsSpace); bytes.HasPrefix(trimmed, []byte("::")) {
			all[i] = slices.Concat(line[:len(line)-len(trimmed)], []byte("&#58;"), trimmed[1:])
		}
	}
	return bytes.Join(all, []byte("\n"))
}
