package manifest

import (
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

// agree checks that kubectl's reading of a document and ours have the same
// structure, and gives every field of ours the name that kubectl gives it: an
// unquoted yes is "true". Where they differ the document is an error, because a
// part of it might be applied and not checked.
func agree(value any, n *node) error {
	if n == nil {
		if value != nil {
			return fmt.Errorf("kubectl reads a value where the position index sees none")
		}
		return nil
	}
	switch value := value.(type) {
	case map[string]any:
		if n.kind != mapping || len(n.fields) != len(value) {
			return disagree(n, "a mapping with %d keys", len(value))
		}
		return agreeFields(value, n)
	case []any:
		if n.kind != sequence || len(n.items) != len(value) {
			return disagree(n, "a sequence of %d items", len(value))
		}
		for i, item := range value {
			if err := agree(item, n.items[i]); err != nil {
				return err
			}
		}
	default:
		if n.kind != scalar {
			return disagree(n, "a %T", value)
		}
	}
	return nil
}

func agreeFields(value map[string]any, n *node) error {
	names := make(map[string]bool, len(n.fields))
	for i := range n.fields {
		f := &n.fields[i]
		child, ok := value[f.name]
		if !ok && f.plain {
			f.name = kubernetesKey(f.name)
			child, ok = value[f.name]
		}
		switch {
		case !ok:
			return disagree(n, "no key %q", f.name)
		case names[f.name]:
			return &positionError{offset: f.key.start, err: duplicate(f.name)}
		}
		names[f.name] = true
		if err := agree(child, f.value); err != nil {
			return err
		}
	}
	return nil
}

// kubernetesKey returns the name that kubectl's YAML library makes of a key
// written without quotes, by letting it read one.
func kubernetesKey(key string) string {
	data, err := yaml.YAMLToJSON([]byte(key + ": 0"))
	if err != nil {
		return key
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return key
	}
	for name := range object {
		return name
	}
	return key
}

func disagree(n *node, format string, args ...any) error {
	return &positionError{
		offset: n.span.start,
		err:    fmt.Errorf("unclear structure: kubectl reads "+format+" here", args...),
	}
}
