package kustomize

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// found looks for a path in a document. With a value, it has to be the same for
// the place to be exact. Offset is added to the lines.
func found(file string, offset int, doc *yaml.Node, steps []step, value *yaml.Node) (gate.Location, bool) {
	key, at, ok := descend(doc, steps)
	if !ok {
		return gate.Location{}, false
	}
	if value == nil {
		if key == nil {
			key = firstKey(at)
		}
		return location(file, offset, key, gate.Exact), true
	}
	if at.Kind == yaml.AliasNode {
		return location(file, offset, at, gate.Inferred), true
	}
	if at.Value != value.Value {
		return location(file, offset, at, gate.Inferred), true
	}
	return location(file, offset, at, gate.Exact), true
}

// descend follows steps and returns the key and the value that they lead to.
func descend(n *yaml.Node, steps []step) (key, value *yaml.Node, ok bool) {
	value = n
	for _, s := range steps {
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		key, ok = nil, false
		switch {
		case s.item == nil:
			for i := 0; i+1 < len(value.Content) && value.Kind == yaml.MappingNode; i += 2 {
				if value.Content[i].Value == s.key {
					key, value, ok = value.Content[i], value.Content[i+1], true
					break
				}
			}
		case value.Kind == yaml.SequenceNode:
			value, ok = sameItem(value, s)
		}
		if !ok {
			return nil, nil, false
		}
	}
	return key, value, true
}

// mergeKeys are the fields by which Kubernetes knows the items of its lists.
var mergeKeys = []string{"name", "containerPort", "mountPath", "devicePath", "ip", "port", "topologyKey", "key", "host", "path"}

// sameItem finds the item of a list that a rendered one was made of: the one with
// the same identity; a scalar of the same value; or the one at its index.
func sameItem(list *yaml.Node, s step) (*yaml.Node, bool) {
	for _, name := range mergeKeys {
		want := child(s.item, name)
		if want == nil {
			continue
		}
		for _, item := range list.Content {
			if got := child(item, name); got != nil && got.Value == want.Value {
				return item, true
			}
		}
		return nil, false
	}
	if s.item.Kind == yaml.ScalarNode {
		for _, item := range list.Content {
			if item.Value == s.item.Value {
				return item, true
			}
		}
		return nil, false
	}
	if s.index < len(list.Content) {
		return list.Content[s.index], true
	}
	return nil, false
}

// location makes a place of a node.
func location(file string, offset int, n *yaml.Node, precision gate.Precision) gate.Location {
	at := gate.Location{Path: path.Clean(file), Precision: precision}
	at.Line, at.Column = n.Line+offset, n.Column
	if n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "\n") {
		width := len([]rune(n.Value))
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			width += 2
		}
		at.EndLine, at.EndColumn = at.Line, at.Column+width
	}
	return at
}

func firstKey(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 {
		return n.Content[0]
	}
	return n
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func scalar(n *yaml.Node, key string) string {
	if c := child(n, key); c != nil {
		return c.Value
	}
	return ""
}

func nameOf(doc *yaml.Node) string { return scalar(child(doc, "metadata"), "name") }
