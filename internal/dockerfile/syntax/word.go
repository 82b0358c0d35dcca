package syntax

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// A Word is one argument of an instruction or of a shell command.
type Word struct {
	Raw   string // as it is written, without continuations
	Value string // without quotes and escapes; variables stay as they are written
	Span  Span

	text *text // Value with the place of each byte; only where a script may be in it
}

// isBlank is BuildKit's notion of what separates arguments.
func isBlank(c byte) bool { return strings.IndexByte("\t\v\f\r ", c) >= 0 }

// cutWord splits off the first word of a line.
func cutWord(t text) (word, rest text) {
	end := 0
	for end < len(t.s) && !isBlank(t.s[end]) {
		end++
	}
	return t.slice(0, end), t.slice(end, len(t.s)).trimSpace()
}

// whole returns the text as one word.
func whole(t text, escape byte) Word {
	w := newWord(t, 0, len(t.s), escape)
	w.text = &t
	return w
}

// verbatim returns the text as one word that no builder takes quotes off.
func verbatim(t text, _ byte) []Word {
	if t.s == "" {
		return nil
	}
	return []Word{{Raw: t.s, Value: t.s, Span: t.span(0, len(t.s)), text: &t}}
}

// fields splits at blanks, wherever they stand: FROM, COPY, ADD, VOLUME and
// EXPOSE know no quotes at this point.
func fields(t text, escape byte) []Word {
	var words []Word
	for i := 0; i < len(t.s); {
		if isBlank(t.s[i]) {
			i++
			continue
		}
		end := i
		for end < len(t.s) && !isBlank(t.s[end]) {
			end++
		}
		words = append(words, newWord(t, i, end, escape))
		i = end
	}
	return words
}

// quotedFields splits at white space outside quotes: ENV, LABEL and ARG.
func quotedFields(t text, escape byte) []Word {
	var words []Word
	start, quote, skip := -1, rune(0), false
	for i, r := range t.s {
		switch {
		case skip:
			skip = false
		case start >= 0 && r == rune(escape) && quote != '\'':
			skip = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case unicode.IsSpace(r):
			if start >= 0 {
				words = append(words, newWord(t, start, i, escape))
			}
			start = -1
			continue
		case r == '"' || r == '\'':
			quote = r
		}
		if start < 0 {
			start, skip = i, r == rune(escape)
		}
	}
	if start >= 0 {
		words = append(words, newWord(t, start, len(t.s), escape))
	}
	return words
}

func newWord(t text, i, j int, escape byte) Word {
	return Word{Raw: t.s[i:j], Value: unquote(t.s[i:j], escape), Span: t.span(i, j)}
}

// unquote drops quotes and escapes, as the builder does before it uses a word.
// A quote that is not closed ends with the word.
func unquote(s string, escape byte) string {
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\'') < 0 && strings.IndexByte(s, escape) < 0 {
		return s
	}
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		case c == escape && quote != '\'' && i+1 < len(s) && (quote == 0 || escapable(s[i+1], escape)):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escapable reports whether an escape counts inside double quotes.
func escapable(c, escape byte) bool { return c == '"' || c == '$' || c == escape }

// jsonWords returns the strings of a JSON array that is known to be one of
// strings only.
func jsonWords(t text) []Word {
	var words []Word
	for i := 0; i < len(t.s); i++ {
		if t.s[i] != '"' {
			continue
		}
		end := i + 1
		for end < len(t.s) && t.s[end] != '"' {
			if t.s[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(t.s))
		value := jsonString(t.slice(i+1, max(i+1, end-1)))
		words = append(words, Word{Raw: t.s[i:end], Value: value.s, Span: t.span(i, end), text: &value})
		i = end - 1
	}
	return words
}

// jsonString resolves the escapes of a JSON string without its quotes.
func jsonString(t text) text {
	var b builder
	b.add("", t.offset(0))
	for i := 0; i < len(t.s); {
		switch n := strings.IndexByte(t.s[i:], '\\'); {
		case n == 0 && i+1 < len(t.s):
			s, width := jsonEscape(t.s[i:])
			b.add(s, t.offset(i))
			i += width
		case n > 0:
			b.addText(t, i, i+n)
			i += n
		default:
			b.addText(t, i, len(t.s))
			i = len(t.s)
		}
	}
	return b.text()
}

// jsonEscape returns what the escape at the start of s stands for and how long
// it is.
func jsonEscape(s string) (string, int) {
	switch c := s[1]; c {
	case 'b', 'f', 'n', 'r', 't':
		return map[byte]string{'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t"}[c], 2
	case 'u':
		r, n := jsonRune(s)
		if low, m := jsonRune(s[n:]); m > 0 && utf16.IsSurrogate(r) {
			if pair := utf16.DecodeRune(r, low); pair != unicode.ReplacementChar {
				return string(pair), n + m
			}
		}
		return string(r), max(n, 2)
	default:
		return s[1:2], 2
	}
}

// jsonRune reads the four hexadecimal digits after \u, and returns a length of
// 0 when there are none.
func jsonRune(s string) (rune, int) {
	if len(s) < 6 || s[:2] != `\u` {
		return unicode.ReplacementChar, 0
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return unicode.ReplacementChar, 0
	}
	return rune(n), 6
}
