package manifest

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// isMerge reports whether a key merges other mappings into its own, as kubectl's
// YAML library has it.
func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Tag == "!!merge"
}

// merge adds the fields of the mappings that a merge key names; of several the
// first that has a field counts. They keep the places that they have there.
// Readers of YAML do not agree about a field that stands before the merge key
// and is merged too: kubectl takes the merged one, others the written one.
func (x *yamlIndex) merge(key, value *yaml.Node, out *node, names map[string]bool, merged map[string]int, depth int) error {
	at, err := x.node(key, depth+1)
	if err != nil {
		return err
	}
	fail := func(err error) error { return &positionError{offset: at.span.start, err: err} }
	if names["<<"] {
		return fail(duplicate("<<"))
	}
	names["<<"] = true
	from, err := x.node(value, depth+1)
	if err != nil {
		return err
	}
	sources := []*node{from}
	if from.kind == sequence {
		sources = from.items
	}
	for _, source := range sources {
		if source.kind != mapping {
			return fail(errors.New("a merge key (<<) that names no mapping"))
		}
		for _, f := range source.fields {
			if names[f.name] {
				return fail(fmt.Errorf("the key %q is there before a merge key (<<) that has it too: put the merge key first", f.name))
			}
			if _, ok := merged[f.name]; !ok {
				merged[f.name] = len(out.fields)
				out.add(f)
			}
		}
	}
	out.span.end = max(out.span.end, from.span.end)
	return nil
}
