package syntax

import "strings"

// logicalLine joins the physical lines of the instruction that starts at line
// first, in the way in which BuildKit does: lines that end in the escape
// character go on, comments and empty lines in between are dropped. It returns
// the joined text and the number of its last line.
func (s *source) logicalLine(first int, escape byte) (text, int) {
	var b builder
	for n := first; n <= len(s.lines); n++ {
		line, at := s.line(n), s.lines[n-1]
		if n == first {
			trimmed := trimLeft(line)
			line, at = trimmed, at+len(line)-len(trimmed)
		} else if t := trimLeft(line); t == "" || t[0] == '#' {
			continue
		}
		kept, more := cutContinuation(line, escape)
		if !more && n == first {
			return text{s: kept, from: []piece{{src: at}}}, n
		}
		b.add(kept, at)
		if !more {
			return b.text(), n
		}
	}
	return b.text(), len(s.lines)
}

// cutContinuation drops the escape character at the end of a line, and blanks
// after it, and reports whether there was one. A doubled one is no
// continuation.
func cutContinuation(line string, escape byte) (string, bool) {
	t := strings.TrimRight(line, " \t")
	if t == "" || t[len(t)-1] != escape {
		return line, false
	}
	t = t[:len(t)-1]
	if t != "" && t[len(t)-1] == escape {
		return line, false
	}
	return t, true
}

// A Heredoc is a document that follows the line of an instruction.
type Heredoc struct {
	Name string
	Body Span // whole lines, without the terminator
	Last int  // line of the terminator

	strip bool // written <<-: leading tabs are not part of it
}

// heredoc returns the document whose body starts at line first, or false when
// it is not terminated.
func (s *source) heredoc(name string, strip bool, first int) (Heredoc, bool) {
	for n := first; n <= len(s.lines); n++ {
		line := s.line(n)
		if strip {
			line = strings.TrimLeft(line, "\t")
		}
		if line == name {
			return Heredoc{Name: name, Body: Span{Start: s.lines[first-1], End: s.lines[n-1]}, Last: n, strip: strip}, true
		}
	}
	return Heredoc{}, false
}

// body returns the document as a program reads it.
func (s *source) body(h Heredoc) text {
	var b builder
	for at := h.Body.Start; at < h.Body.End; {
		end := h.Body.End
		if n := strings.IndexByte(s.src[at:end], '\n'); n >= 0 {
			end = at + n + 1
		}
		line, start := s.src[at:end], at
		if h.strip {
			line = strings.TrimLeft(line, "\t")
			start = end - len(line)
		}
		if rest, ok := strings.CutSuffix(line, "\r\n"); ok {
			b.add(rest, start)
			b.add("\n", end-1)
		} else {
			b.add(line, start)
		}
		at = end
	}
	if len(b.from) == 0 {
		b.add("", h.Body.Start)
	}
	return b.text()
}
