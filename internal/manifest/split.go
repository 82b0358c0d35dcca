package manifest

import (
	"bytes"
	"errors"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/yaml"
)

// guessSize is how far kubectl looks into a file to see whether it is JSON.
const guessSize = 4096

// A document is one of the values that kubectl reads from a file; its root is
// nil where there are only comments.
type document struct {
	start int // offset
	root  *node
}

// index finds the documents of a file and the places of their values. It goes
// through the file as kubectl's decoder does: first as a stream of JSON values;
// if that breaks in the first two, then from there on as YAML.
func index(data []byte) ([]document, error) {
	if !yaml.IsJSONBuffer(data[:min(len(data), guessSize)]) {
		return indexYAML(data, 0, nil)
	}
	docs, end, err := readJSON(data)
	var place *positionError
	if err == nil || len(docs) > 1 || errors.As(err, &place) {
		return docs, err
	}
	rest, ok := afterJSON(data, end)
	if !ok {
		return docs, nil
	}
	all, yamlErr := indexYAML(data, rest, docs)
	var syntax *jsonError
	if yamlErr != nil && len(all) == 0 && errors.As(err, &syntax) && syntax.offset > skipSpace(data, 0)+1 {
		return nil, err // it was good JSON for a while: its error says more
	}
	return all, yamlErr
}

// afterJSON returns where YAML begins behind a JSON value: behind the white
// space up to the next line break. It reports false at the end of the file.
func afterJSON(data []byte, at int) (int, bool) {
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if !unicode.IsSpace(r) {
			return at, true
		}
		at += size
		if r == '\n' {
			return at, true
		}
	}
	return at, false
}

// indexYAML adds the YAML documents from an offset on. A line that starts with
// "---" ends a document, unless nothing has come before it.
func indexYAML(data []byte, from int, docs []document) ([]document, error) {
	start := from
	for at := from; at <= len(data); {
		end := len(data) + 1 // of the line, with its line break
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		separator := bytes.HasPrefix(data[at:], []byte("---"))
		if separator {
			rest := bytes.TrimSpace(data[at+3 : min(end, len(data))])
			if len(rest) > 0 && rest[0] != '#' {
				return docs, &positionError{offset: at, err: errInline}
			}
		}
		var err error
		switch last := end > len(data); {
		case separator && at > start:
			docs, err = addYAML(docs, data, start, at)
			start = end
		case last:
			docs, err = addYAML(docs, data, start, len(data))
		}
		if err != nil {
			return docs, err
		}
		at = end
	}
	return docs, nil
}

func addYAML(docs []document, data []byte, start, end int) ([]document, error) {
	if start >= end {
		return docs, nil
	}
	if len(docs) >= maxDocuments {
		return docs, &positionError{offset: start, err: errDocuments}
	}
	if end-start > maxYAML {
		return docs, &positionError{offset: start, err: errYAML}
	}
	root, err := readYAML(data[start:end], start)
	if err != nil {
		return docs, err
	}
	return append(docs, document{start: start, root: root}), nil
}
