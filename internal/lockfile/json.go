package lockfile

import (
	"bytes"
	"encoding/json/jsontext"
	"strings"
)

// asJSON makes a reader of a function that looks through a JSON document.
func asJSON(find func(*node) []Entry) reader {
	return func(text []byte) []Entry {
		text = strict(text)
		r := jsonReader{
			decoder: jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)),
			cursor:  newCursor(text),
		}
		root, ok := r.value()
		if !ok {
			return nil
		}
		return find(root)
	}
}

type jsonReader struct {
	decoder *jsontext.Decoder
	cursor  *cursor
}

// token reads a token and returns where it begins and ends; ok is false at the
// end and where the text is broken.
func (r jsonReader) token() (t jsontext.Token, start, end int, ok bool) {
	before := int(r.decoder.InputOffset())
	t, err := r.decoder.ReadToken()
	if err != nil {
		return t, 0, 0, false
	}
	end = int(r.decoder.InputOffset())
	between := r.cursor.text[before:end]
	return t, end - len(bytes.TrimLeft(between, " \t\r\n,:")), end, true
}

// value reads one value.
func (r jsonReader) value() (*node, bool) {
	t, start, end, ok := r.token()
	if !ok {
		return nil, false
	}
	n := &node{}
	switch t.Kind() {
	case '{':
		return n, r.members(n)
	case '[':
		return n, r.elements(n)
	case '"':
		n.text, n.at = t.String(), r.cursor.between(start+1, end-1)
	}
	return n, true
}

func (r jsonReader) members(n *node) bool {
	for r.decoder.PeekKind() != '}' {
		t, start, end, ok := r.token()
		if !ok {
			return false
		}
		key, at := t.String(), r.cursor.between(start+1, end-1)
		kid, ok := r.value()
		if !ok {
			return false
		}
		kid.key, kid.keyAt = key, at
		n.kids = append(n.kids, kid)
	}
	_, _, _, ok := r.token()
	return ok
}

func (r jsonReader) elements(n *node) bool {
	for r.decoder.PeekKind() != ']' {
		kid, ok := r.value()
		if !ok {
			return false
		}
		n.kids = append(n.kids, kid)
	}
	_, _, _, ok := r.token()
	return ok
}

// strict blanks out what the files of Bun have and JSON has not, comments and
// commas in front of a bracket, and a byte order mark.
func strict(text []byte) []byte {
	out := bytes.Clone(text)
	copy(out, bytes.Replace(out[:min(3, len(out))], []byte("\ufeff"), []byte("   "), 1))
	comma := -1 // the last one, if only blanks came since
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case c == '"':
			comma = -1
			for i++; i < len(out) && out[i] != '"'; i++ {
				if out[i] == '\\' {
					i++
				}
			}
		case c == '/':
			i = blank(out, i)
		case c == ',':
			comma = i
		case (c == ']' || c == '}') && comma >= 0:
			out[comma], comma = ' ', -1
		case !strings.ContainsRune(" \t\r\n", rune(c)):
			comma = -1
		}
	}
	return out
}

// blank blanks out the comment that begins at a byte, if one does, and returns
// its last byte.
func blank(text []byte, i int) int {
	var end int
	switch rest := text[i:]; {
	case bytes.HasPrefix(rest, []byte("//")):
		end = bytes.IndexByte(rest, '\n')
	case bytes.HasPrefix(rest, []byte("/*")):
		if end = bytes.Index(rest, []byte("*/")); end >= 0 {
			end += len("*/")
		}
	default:
		return i
	}
	if end < 0 {
		end = len(text) - i
	}
	for j := i; j < i+end; j++ {
		if text[j] != '\n' {
			text[j] = ' '
		}
	}
	return i + end - 1
}
