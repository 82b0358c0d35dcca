package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

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
	d, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	if d.root == nil {
		return c, nil
	}
	if failures := strict(d, c); len(failures) > 0 {
		return nil, &Error{Failures: failures}
	}
	if err := d.root.Decode(c); err != nil {
		return nil, syntaxError(name, err)
	}
	c.failOnSet = d.node("fail-on") != nil
	if c.Waivers != "" {
		c.WaiversAt = d.failure(key("waivers"), "", "").Location
	}
	for _, stage := range Stages {
		if n := d.node(stage); n != nil && !onlyLess(stage, n) {
			c.Named = append(c.Named, stage)
		}
	}
	if failures := append(validate(c, d), unsupported(c, d)...); len(failures) > 0 {
		return nil, &Error{Failures: failures}
	}
	return c, nil
}

// onlyLess reports whether a section says only that less is to be done, which
// names no stage: scan without the workspace.
func onlyLess(stage string, section *yaml.Node) bool {
	off := value(section, "workspace")
	return stage == "scan" && len(section.Content) == 2 && off != nil && off.Value == "false"
}

// A document is a YAML file that holds one document, or nothing.
type document struct {
	name string
	root *yaml.Node // nil: the file says nothing
}

// parse reads the one document of a file.
func parse(name string, data []byte) (document, error) {
	d := document{name: name}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := dec.Decode(&first); errors.Is(err, io.EOF) {
		return d, nil
	} else if err != nil {
		return d, syntaxError(name, err)
	}
	if err := dec.Decode(&second); err == nil {
		return d, &Error{Failures: []gate.Failure{d.at(&second, "more than one YAML document", "keep one")}}
	} else if !errors.Is(err, io.EOF) {
		return d, syntaxError(name, err)
	}
	if root := first.Content[0]; root.Tag != "!!null" {
		d.root = root
	}
	return d, nil
}

// syntaxError turns an error of the YAML library, which names a line and
// begins with "yaml: ", into ours.
func syntaxError(name string, err error) error {
	f := gate.Failure{Location: gate.Location{Path: name}, Message: strings.TrimPrefix(err.Error(), "yaml: ")}
	if n, _ := fmt.Sscanf(f.Message, "line %d:", &f.Line); n == 1 {
		_, f.Message, _ = strings.Cut(f.Message, ": ")
	}
	return &Error{Failures: []gate.Failure{f}}
}

// node returns the value at a path of keys, or nil.
func (d document) node(keys ...string) *yaml.Node {
	n := d.root
	for _, key := range keys {
		if n = value(n, key); n == nil {
			return nil
		}
	}
	return n
}

// value returns the value of a key of a mapping, or nil.
func value(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// at places a message at a node.
func (d document) at(n *yaml.Node, message, hint string) gate.Failure {
	f := gate.Failure{Location: gate.Location{Path: d.name}, Message: message, Hint: hint}
	if n != nil {
		f.Line, f.Column = n.Line, n.Column
	}
	return f
}

// failure places a message at the value of a path of keys.
func (d document) failure(keys []string, hint, format string, args ...any) gate.Failure {
	return d.at(d.node(keys...), strings.Join(keys, ".")+": "+fmt.Sprintf(format, args...), hint)
}

// UnmarshalYAML reads `false`, or a mapping with the key disable.
func (b *Builtin) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		var on bool
		err := n.Decode(&on)
		b.Off = err == nil && !on
		return err
	}
	type plain Builtin // without this method
	return n.Decode((*plain)(b))
}

// UnmarshalYAML reads `true`, or a list of packages.
func (c *Combine) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		var on bool
		err := n.Decode(&on)
		if *c = nil; on {
			*c = Combine{"*"}
		}
		return err
	}
	return n.Decode((*[]string)(c))
}

// UnmarshalYAML reads `from-manifests`, one reference, or a list of them.
func (i *Images) UnmarshalYAML(n *yaml.Node) error {
	switch {
	case n.Kind != yaml.ScalarNode:
		return n.Decode(&i.References)
	case n.Value == "from-manifests":
		i.FromManifests = true
	case n.Tag != "!!null":
		i.References = []string{n.Value}
	}
	return nil
}
