package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// readJSON indexes a stream of JSON values. On an error it returns the values
// before it and the offset behind the last of them.
func readJSON(data []byte) (docs []document, end int, err error) {
	r := jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	for {
		end = int(r.dec.InputOffset())
		tok, at, err := r.token()
		if errors.Is(err, io.EOF) {
			return docs, end, nil
		}
		if err != nil {
			return docs, end, r.failed(err)
		}
		n, err := r.value(tok, at, 0)
		if err != nil {
			return docs, end, r.failed(err)
		}
		if len(docs) == maxDocuments {
			return docs, end, &positionError{offset: at.start, err: errDocuments}
		}
		docs = append(docs, document{start: at.start, root: n})
	}
}

type jsonReader struct {
	data []byte
	dec  *json.Decoder
}

// failed gives a syntax error its place: behind the last token that was read.
func (r *jsonReader) failed(err error) error {
	var place *positionError
	if errors.As(err, &place) {
		return err
	}
	return &jsonError{offset: skipSpace(r.data, int(r.dec.InputOffset())), err: err}
}

// token returns the next token and where it stands. The decoder tells where a
// token ends; it starts behind white space, commas and colons.
func (r *jsonReader) token() (json.Token, span, error) {
	from := int(r.dec.InputOffset())
	tok, err := r.dec.Token()
	for from < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[from]) >= 0 {
		from++
	}
	return tok, span{start: from, end: int(r.dec.InputOffset())}, err
}

func (r *jsonReader) value(tok json.Token, at span, depth int) (*node, error) {
	n := &node{span: at, weight: 1}
	if depth > maxDepth {
		return nil, &positionError{offset: at.start, err: errDepth}
	}
	open, ok := tok.(json.Delim)
	if !ok {
		return n, nil
	}
	n.kind = sequence
	if open == '{' {
		n.kind = mapping
	}
	names := map[string]bool{}
	for {
		tok, at, err := r.token()
		if err != nil {
			return nil, noEOF(err)
		}
		if closing, ok := tok.(json.Delim); ok && (closing == '}' || closing == ']') {
			n.span.end = at.end
			return n, nil
		}
		var f field
		if n.kind == mapping {
			f.name, f.key = tok.(string), at
			if names[f.name] {
				return nil, &positionError{offset: at.start, err: duplicate(f.name)}
			}
			names[f.name] = true
			if tok, at, err = r.token(); err != nil {
				return nil, noEOF(err)
			}
		}
		if f.value, err = r.value(tok, at, depth+1); err != nil {
			return nil, err
		}
		n.add(f)
	}
}

// add appends a child to a mapping or sequence.
func (n *node) add(f field) {
	n.weight = min(n.weight+f.value.weight, maxValues+1)
	if n.kind == mapping {
		n.fields = append(n.fields, f)
	} else {
		n.items = append(n.items, f.value)
	}
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func duplicate(key string) error { return fmt.Errorf("the key %q is there twice", key) }
