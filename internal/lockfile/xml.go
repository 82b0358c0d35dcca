package lockfile

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
)

// asXML makes a reader of a function that looks through an XML document, whose
// root it gets.
func asXML(find func(*node) []Entry) reader {
	return func(text []byte) []Entry {
		text = inUTF8(text)
		root, ok := xmlTree(text)
		if !ok {
			return nil
		}
		return find(root)
	}
}

// inUTF8 returns a document in UTF-8, whatever it says that it is in.
func inUTF8(text []byte) []byte {
	if !bytes.HasPrefix(bytes.TrimLeft(text, "\ufeff"), []byte("<?xml")) {
		return text
	}
	declaration, _, _ := bytes.Cut(text, []byte("?>"))
	_, label, ok := bytes.Cut(declaration, []byte("encoding="))
	if !ok || len(label) < 2 {
		return text
	}
	label, _, _ = bytes.Cut(label[1:], label[:1])
	r, err := charset.NewReaderLabel(string(label), bytes.NewReader(text))
	if err != nil {
		return text
	}
	converted, err := io.ReadAll(r)
	if err != nil {
		return text
	}
	return converted
}

func xmlTree(text []byte) (root *node, ok bool) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	c, open := newCursor(text), []*node{{}}
	for {
		start := int(decoder.InputOffset())
		token, err := decoder.RawToken()
		if err != nil {
			document := open[0]
			if len(document.kids) == 0 {
				return nil, false
			}
			return document.kids[0], true
		}
		end, top := int(decoder.InputOffset()), open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			kid := element(c, t, start, end)
			top.kids, open = append(top.kids, kid), append(open, kid)
		case xml.EndElement:
			open = open[:max(1, len(open)-1)]
		case xml.CharData:
			if trimmed := strings.TrimSpace(string(t)); trimmed != "" && len(open) > 1 {
				at := bytes.Index(text[start:end], []byte(trimmed)) // -1 where it has entities in it
				top.text, top.at = trimmed, c.between(start+max(at, 0), start+max(at, 0)+len(trimmed))
			}
		}
	}
}

// element is a node of a start tag between two bytes. Its attributes are members.
func element(c *cursor, t xml.StartElement, start, end int) *node {
	tag := string(c.text[start:end])
	n := &node{key: t.Name.Local, keyAt: c.between(start+1, start+1+len(t.Name.Local))}
	from := len(t.Name.Local)
	for _, a := range t.Attr {
		value := attribute(tag, a.Name.Local, from)
		if value < 0 {
			continue
		}
		from = value
		kid := &node{key: a.Name.Local, text: strings.TrimSpace(a.Value)}
		value = min(value+strings.Index(a.Value, kid.text), len(tag))
		kid.at = c.between(start+value, start+min(value+len(kid.text), len(tag)))
		n.kids = append(n.kids, kid)
	}
	return n
}

// attribute returns where in a tag the value of an attribute begins, which is the
// next one behind a byte; -1 where it is not found.
func attribute(tag, name string, from int) int {
	for from < len(tag) {
		i := strings.Index(tag[from:], name)
		if i < 0 {
			return -1
		}
		from += i + len(name)
		rest := strings.TrimLeft(tag[from:], " \t\r\n")
		if value, ok := strings.CutPrefix(rest, "="); ok {
			value = strings.TrimLeft(value, " \t\r\n")
			return len(tag) - len(value) + 1
		}
	}
	return -1
}
