package helm

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// A piece is a part of a template that makes output.
type piece struct {
	file       string // as Helm's engine names it
	start, end int    // bytes; an action has no end and starts within its braces
	literal    bool   // text, and not what an action makes
}

// marks numbers pieces and writes the numbers into text: as two characters of a
// private plane of Unicode that nothing else in the chart uses, before the first
// character of a line that is not blank. There they survive what templates do
// to indent and to trim the output of others.
type marks struct {
	base   rune
	pieces []piece
}

const (
	digits = 1 << 12 // values of one character of a mark
	planes = 2       // characters of two planes may be used
)

// newMarks returns marks for texts, or nil if every plane is in use there.
func newMarks(texts ...string) *marks {
	for plane := range planes {
		m := &marks{base: 0xF0000 + rune(plane)<<16}
		if !containsAny(texts, m.isMark) {
			return m
		}
	}
	return nil
}

func containsAny(texts []string, match func(rune) bool) bool {
	for _, text := range texts {
		if strings.IndexFunc(text, match) >= 0 {
			return true
		}
	}
	return false
}

func (m *marks) isMark(r rune) bool { return r >= m.base && r < m.base+2*digits }

// add numbers a piece.
func (m *marks) add(p piece) int {
	m.pieces = append(m.pieces, p)
	return len(m.pieces) - 1
}

func (m *marks) String(n int) string {
	return string([]rune{m.base + digits + rune(n/digits%digits), m.base + rune(n%digits)})
}

// text returns the text of a template, which stands at an offset of its source,
// with a mark in each line.
func (m *marks) text(file, source string, at int, text []byte) []byte {
	if at+len(text) > len(source) || source[at:at+len(text)] != string(text) {
		return text
	}
	var out []byte
	for line := range bytes.Lines(text) {
		blank := len(line) - len(bytes.TrimLeft(line, " \t\r\n"))
		out = append(out, line[:blank]...)
		if blank < len(line) {
			end := at + len(bytes.TrimRight(line, " \t\r\n"))
			n := m.add(piece{file: file, start: at + blank, end: end, literal: true})
			out = append(out, m.String(n)...)
		}
		out = append(out, line[blank:]...)
		at += len(line)
	}
	return out
}

// mark prints the value of an action as the template would, with a mark before
// its first character that is not blank, unless something marked it already.
func (m *marks) mark(n int, value any) string {
	text := "<no value>"
	if value == nil {
		return text
	}
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && !v.IsNil() && !printsItself(value) {
		value = v.Elem().Interface()
	}
	text = fmt.Sprint(value)
	blank := len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	if blank == len(text) {
		return text
	}
	if r, _ := utf8.DecodeRuneInString(text[blank:]); m.isMark(r) {
		return text
	}
	return text[:blank] + m.String(n) + text[blank:]
}

func printsItself(value any) bool {
	switch value.(type) {
	case error, fmt.Stringer:
		return true
	}
	return false
}

// clean takes the marks out of a string. Another value is returned as it is.
func (m *marks) clean(value any) any {
	s, ok := value.(string)
	if !ok {
		return value
	}
	return m.strip(s)
}

func (m *marks) strip(s string) string {
	if strings.IndexFunc(s, m.isMark) < 0 {
		return s
	}
	text, _ := m.read(s)
	return text
}
