package manifest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	kubejson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

var (
	errInline   = errors.New("text behind the document separator \"---\"")
	errEncoding = errors.New("not valid UTF-8 text")
	errNUL      = errors.New("a NUL character (is this UTF-16? save the file as UTF-8)")
)

// A positionError blames a place of the file that is read.
type positionError struct {
	offset int
	err    error
}

func (e *positionError) Error() string { return e.err.Error() }
func (e *positionError) Unwrap() error { return e.err }

// A jsonError is a place where JSON ends and something else begins, which may
// be YAML.
type jsonError struct {
	offset int
	err    error
}

func (e *jsonError) Error() string { return "reading JSON: " + e.err.Error() }
func (e *jsonError) Unwrap() error { return e.err }

// A yamlError comes from a YAML library, whose line numbers count from the
// document that starts at offset base.
type yamlError struct {
	base int
	err  error
}

func (e *yamlError) Error() string { return "reading YAML: " + e.err.Error() }
func (e *yamlError) Unwrap() error { return e.err }

// Read returns the objects of a file in the order of the text, lists taken
// apart. Documents without content are no objects. Each error that is joined in
// err is a [*gate.CheckError] with its line; what could be read is returned too.
func Read(path string, data []byte) ([]*Object, error) {
	t := newText(data)
	objects, errs := read(path, t)
	for i, err := range errs {
		if err != nil {
			errs[i] = t.checkError(path, err)
		}
	}
	return objects, errors.Join(errs...)
}

func read(path string, t *text) (objects []*Object, errs []error) {
	if len(t.data) > maxSize {
		return nil, []error{errSize}
	}
	if i := bytes.IndexByte(t.data, 0); i >= 0 {
		return nil, []error{&positionError{offset: i, err: errNUL}}
	}
	if i := invalidUTF8(t.data); i >= 0 {
		return nil, []error{&positionError{offset: i, err: errEncoding}}
	}
	docs, indexErr := index(t.data)
	limit := len(docs)
	if indexErr == nil {
		limit++ // to see whether kubectl reads more than the index has
	}
	values, err := decode(t.data, docs, limit)
	for i := range min(len(values), len(docs)) {
		err := agree(values[i], docs[i].root)
		if err == nil {
			var found []*Object
			found, err = unwrap(path, t, values[i], docs[i].root)
			objects = append(objects, found...)
		}
		errs = append(errs, err)
	}
	if indexErr == nil && err == nil && len(values) != len(docs) {
		err = fmt.Errorf("kubectl reads %d documents and the position index %d", len(values), len(docs))
	}
	return objects, append(errs, cmp.Or(indexErr, err))
}

// decode returns what kubectl's decoder reads, as far as the limit: what the
// index refused, the decoder does not get to see.
func decode(data []byte, docs []document, limit int) ([]any, error) {
	var values []any
	dec := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), guessSize)
	for len(values) < limit {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		base := 0
		if len(values) < len(docs) {
			base = docs[len(values)].start
		}
		if err != nil {
			return values, &yamlError{base: base, err: err}
		}
		var value any
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			if err := kubejson.Unmarshal(raw, &value); err != nil {
				return values, &positionError{offset: base, err: err}
			}
		}
		values = append(values, value)
	}
	return values, nil
}

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// checkError gives an error its place and its own words.
func (t *text) checkError(path string, err error) error {
	check := &gate.CheckError{Err: err}
	check.Location.Path = path
	if bytes.Contains(t.data, []byte("{{")) {
		check.Hint = "is this a template? check what is rendered from it, and leave it out with paths.exclude"
	}
	var place *positionError
	var lib *yamlError
	var syntax *jsonError
	switch {
	case errors.As(err, &place):
		check.Location.Line, check.Location.Column = t.position(place.offset)
	case errors.As(err, &lib):
		line, _ := t.position(lib.base)
		message := lib.err.Error()
		if m := yamlLine.FindStringSubmatchIndex(message); m != nil {
			n, _ := strconv.Atoi(message[m[2]:m[3]])
			line += n - 1
			message = message[m[1]:]
		}
		check.Location.Line = min(line, len(t.lines))
		lib.err = errors.New(strings.TrimPrefix(message, "yaml: "))
	case errors.As(err, &syntax):
		check.Location.Line, check.Location.Column = t.position(syntax.offset)
	default:
		check.Location.Line = 1
	}
	return check
}
