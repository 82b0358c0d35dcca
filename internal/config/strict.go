package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// strict compares a document with the type it is decoded into and returns what
// does not fit, with line and column: unknown and repeated keys, values of
// another kind, and what only hides meaning in a file that decides about trust
// (aliases, merge keys).
func strict(d document, into any) []gate.Failure {
	s := &checker{document: d}
	s.check(d.root, reflect.TypeOf(into).Elem(), "")
	return s.failures
}

type checker struct {
	document
	failures []gate.Failure
}

// fail adds a failure at a node. Path is the keys that lead to it, with dots.
func (s *checker) fail(n *yaml.Node, path, hint, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if path != "" {
		message = path + ": " + message
	}
	s.failures = append(s.failures, s.at(n, message, hint))
}

func (s *checker) check(n *yaml.Node, t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Kind == yaml.AliasNode:
		s.fail(n, path, "write the value out", "aliases are not supported")
	case n.Tag == "!!null":
		// a key without a value keeps its default
	case reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.Unmarshaler]()):
		s.union(n, t, path)
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		s.mapping(n, t, path)
	case t.Kind() == reflect.Slice:
		s.sequence(n, t, path)
	default:
		s.scalar(n, t, path)
	}
}

// union checks a value that may be a scalar or something else.
func (s *checker) union(n *yaml.Node, t reflect.Type, path string) {
	switch {
	case n.Kind == yaml.ScalarNode && (t == reflect.TypeFor[Builtin]() || t == reflect.TypeFor[Combine]()):
		s.scalar(n, reflect.TypeFor[bool](), path)
	case t == reflect.TypeFor[Builtin]():
		s.mapping(n, t, path)
	case n.Kind != yaml.ScalarNode: // Images, Platforms
		s.sequence(n, reflect.TypeFor[[]string](), path)
	}
}

func (s *checker) mapping(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.MappingNode {
		s.fail(n, path, "", "want keys and values, not %s", kind(n))
		return
	}
	keys := keysOf(t)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch field, known := keys[key.Value]; {
		case seen[key.Value]:
			s.fail(key, path, "keep one", "key %q is there twice", key.Value)
		case t.Kind() == reflect.Map:
			s.check(value, t.Elem(), join(path, key.Value))
		case !known:
			s.fail(key, path, hint(keys, key.Value), "unknown key %q", key.Value)
		default:
			s.check(value, field, join(path, key.Value))
		}
		seen[key.Value] = true
	}
}

func (s *checker) sequence(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.SequenceNode {
		s.fail(n, path, "write a list: ["+n.Value+"]", "want a list, not %s", kind(n))
		return
	}
	for _, item := range n.Content {
		s.check(item, t.Elem(), path)
	}
}

func (s *checker) scalar(n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.ScalarNode {
		if p := plannedAt(path); p != nil {
			s.fail(n, path, p.advice(), "not supported yet")
			return
		}
		s.fail(n, path, "", "want one value, not %s", kind(n))
		return
	}
	want := map[reflect.Kind]string{reflect.Bool: "!!bool", reflect.Int: "!!int"}[t.Kind()]
	if want != "" && n.Tag != want {
		s.fail(n, path, "", "%q is not %s", n.Value, map[string]string{"!!bool": "true or false", "!!int": "a number"}[want])
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// keysOf returns the type of each key of a struct.
func keysOf(t reflect.Type) map[string]reflect.Type {
	keys := map[string]reflect.Type{}
	if t.Kind() != reflect.Struct {
		return keys
	}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "-" && name != "" {
			keys[name] = t.Field(i).Type
		}
	}
	return keys
}

// hint names the key that was meant, or where all of them are listed.
func hint(keys map[string]reflect.Type, got string) string {
	plain := func(s string) string { return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s)) }
	var near []string
	for key := range keys {
		if a, b := plain(key), plain(got); a == b || len(b) > 3 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
			near = append(near, key)
		}
	}
	if len(near) == 0 {
		return "docs/config.md lists every key"
	}
	return fmt.Sprintf("did you mean %q?", slices.Min(near))
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("the value %q", n.Value)
}
