package manifest

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// scalarSpan returns where the text of a scalar stands, quotes included, anchor
// and tag not.
func scalarSpan(data []byte, start int, n *yaml.Node) span {
	for start < len(data) && (data[start] == '&' || data[start] == '!') {
		for start < len(data) && strings.IndexByte(" \t\r\n", data[start]) < 0 {
			start++
		}
		start = skipSpace(data, start)
	}
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return span{start: start, end: doubleQuoted(data, start)}
	case n.Style&yaml.SingleQuotedStyle != 0:
		return span{start: start, end: singleQuoted(data, start)}
	case n.Style&yaml.LiteralStyle != 0:
		return span{start: start, end: literal(data, start, n.Value)}
	case n.Style&yaml.FoldedStyle != 0:
		return span{start: start, end: folded(data, start, n.Value)}
	}
	return span{start: start, end: plain(data, start, n.Value)}
}

func skipSpace(data []byte, i int) int {
	for i < len(data) {
		r, size := utf8.DecodeRune(data[i:])
		if !unicode.IsSpace(r) {
			break
		}
		i += size
	}
	return i
}

func doubleQuoted(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

func singleQuoted(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		if data[i] != '\'' {
			continue
		}
		if i+1 == len(data) || data[i+1] != '\'' {
			return i + 1
		}
		i++
	}
	return len(data)
}

// plain finds the words of the value one after the other: in the text there may
// be line breaks and indentation between them.
func plain(data []byte, start int, value string) int {
	end := start
	for word := range strings.FieldsSeq(value) {
		next := skipSpace(data, end)
		if !bytes.HasPrefix(data[next:], []byte(word)) {
			break
		}
		end = next + len(word)
	}
	return end
}

// literal returns the end of a literal block's last line that is not blank. In
// the value every line of the text is a line.
func literal(data []byte, start int, value string) int {
	end := start + len(firstLine(data[start:]))
	value = strings.TrimRight(value, "\n")
	if value == "" {
		return end
	}
	for range strings.Count(value, "\n") + 1 {
		end += lineBreak(data[end:])
		end += len(firstLine(data[end:]))
	}
	return end
}

// folded returns the end of a folded block's last line: the last that is
// indented as deep as its first.
func folded(data []byte, start int, value string) int {
	end := start + len(firstLine(data[start:]))
	indent := -1
	for at := end + 1; at < len(data) && strings.TrimSpace(value) != ""; {
		line := firstLine(data[at:])
		body := bytes.TrimLeft(line, " ")
		switch depth := len(line) - len(body); {
		case len(bytes.TrimSpace(body)) == 0:
		case depth < indent:
			return end
		default:
			if indent < 0 {
				indent = depth
			}
			end = at + len(line)
		}
		at += len(line) + 1
	}
	return end
}

// firstLine returns the line that data starts with, without its line break.
func firstLine(data []byte) []byte {
	if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
		return data[:i]
	}
	return data
}

// flowEnd returns the offset behind the bracket that closes a flow collection,
// looked for from the end of its last child. An empty one still has its opening
// bracket ahead.
func flowEnd(data []byte, from int, empty bool) int {
	if i := bytes.IndexAny(data[from:], "[{"); empty && i >= 0 {
		from += i + 1
	}
	for i := from; i < len(data); i++ {
		switch data[i] {
		case '}', ']':
			return i + 1
		case '#':
			i += len(firstLine(data[i:]))
		}
	}
	return from
}
