package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Stages are the names of all stages, in the order in which they run.
var Stages = [...]string{"policy", "dockerfile", "scan", "sign"}

// An Error is everything that is wrong with a configuration file.
type Error struct {
	Failures []gate.Failure // at least one, in the order of the file
}

// Error returns one line for each failure.
func (e *Error) Error() string {
	lines := make([]string, len(e.Failures))
	for i, f := range e.Failures {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Parse reads a configuration file. What the file leaves out keeps its
// default. Name is used in errors, which are of type [*Error].
func Parse(name string, data []byte) (*Config, error) {
	c := Default()
	sum := sha256.Sum256(data)
	c.Source = gate.Config{Source: name, Digest: "sha256:" + hex.EncodeToString(sum[:])}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	if len(file.Docs) > 1 {
		return nil, &Error{Failures: []gate.Failure{failure(name, file.Docs[1], "more than one YAML document", "keep one")}}
	}
	d := document{name: name, file: file}
	if d.empty() {
		return c, nil
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(c); err != nil {
		return nil, syntaxError(name, err)
	}
	for _, stage := range Stages {
		if d.node(stage) != nil {
			c.Named = append(c.Named, stage)
		}
	}
	if failures := append(validate(c, d), unsupported(c, d)...); len(failures) > 0 {
		return nil, &Error{Failures: failures}
	}
	return c, nil
}

// syntaxError turns an error of the YAML library into ours, with its place.
func syntaxError(name string, err error) error {
	f := gate.Failure{Location: gate.Location{Path: name}, Message: err.Error()}
	var at yaml.Error
	if errors.As(err, &at) {
		f.Message = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			f.Line, f.Column = t.Position.Line, t.Position.Column
		}
	}
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		f.Message = strings.Replace(f.Message, "unknown field", "unknown key", 1)
		f.Hint = "docs/config.md lists every key"
	}
	return &Error{Failures: []gate.Failure{f}}
}

// A document finds the place of a key in the file.
type document struct {
	name string
	file *ast.File
}

// empty reports whether the file says nothing at all.
func (d document) empty() bool {
	if len(d.file.Docs) == 0 || d.file.Docs[0].Body == nil {
		return true
	}
	t := d.file.Docs[0].Body.Type()
	return t == ast.NullType || t == ast.CommentType || t == ast.CommentGroupType
}

// node returns the value at a path of keys, or nil.
func (d document) node(keys ...string) ast.Node {
	b := (&yaml.PathBuilder{}).Root()
	for _, k := range keys {
		b = b.Child(k)
	}
	n, err := b.Build().FilterFile(d.file)
	if err != nil {
		return nil
	}
	return n
}

// failure places a message at the value of a path of keys.
func (d document) failure(keys []string, hint, format string, args ...any) gate.Failure {
	message := strings.Join(keys, ".") + ": " + fmt.Sprintf(format, args...)
	return failure(d.name, d.node(keys...), message, hint)
}

func failure(name string, n ast.Node, message, hint string) gate.Failure {
	f := gate.Failure{Location: gate.Location{Path: name}, Message: message, Hint: hint}
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		f.Line, f.Column = n.GetToken().Position.Line, n.GetToken().Position.Column
	}
	return f
}

// UnmarshalYAML reads `false`, or an object with the key disable.
func (b *Builtin) UnmarshalYAML(decode func(any) error) error {
	var on bool
	if decode(&on) == nil {
		b.Off = !on
		return nil
	}
	var object struct {
		Disable []string `yaml:"disable"`
	}
	err := decode(&object)
	b.Disable = object.Disable
	return err
}

// UnmarshalYAML reads `from-manifests`, or a list of references.
func (i *Images) UnmarshalYAML(decode func(any) error) error {
	var word string
	if decode(&word) == nil {
		i.FromManifests = word == "from-manifests"
		if !i.FromManifests {
			i.References = []string{word}
		}
		return nil
	}
	return decode(&i.References)
}
