package kustomize

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A resource is one object of a rendered kustomization and where it came from.
type resource struct {
	kind, name string
	file       string // that it was read from; "" if it was generated
	generator  string // the kustomization that generated it
}

// A tracer finds the place of a rendered value in the files that it was made of:
// the one that gave it last.
type tracer struct {
	job       *job
	root      *plan
	resources []resource
	documents []*yaml.Node
}

// A step leads from a value to one below it: by a key, or to an item of a list,
// which is known by its own content as well as by its index.
type step struct {
	key   string
	index int
	item  *yaml.Node // nil for a key
}

// A target is what is looked for: a value, or the place of a field whatever its
// value.
type target struct {
	resource
	steps []step
	value *yaml.Node // nil: the key counts
}

// last returns the name of the field.
func (t target) last() string {
	if len(t.steps) == 0 {
		return ""
	}
	return t.steps[len(t.steps)-1].key
}

// parent returns the name of the field above.
func (t target) parent() string {
	if len(t.steps) < 2 {
		return ""
	}
	return t.steps[len(t.steps)-2].key
}

// trace returns the place of a range: exact if a file has the same value there,
// or a field of the kustomization gave it; inferred if only the field or one
// above it is found.
func (t *tracer) trace(r gate.Range) gate.Location {
	for i, doc := range t.documents {
		if i >= len(t.resources) || i+1 < len(t.documents) && t.documents[i+1].Line <= r.Line {
			continue
		}
		steps, value, ok := find(doc, r.Line, r.Column)
		if n := len(steps); value == nil && n > 1 && steps[n-2].item != nil && steps[n-1].key == firstKey(steps[n-2].item).Value {
			steps = steps[:n-1] // the first key stands for the item
		}
		at := t.place(target{resource: t.resources[i], steps: steps, value: value})
		if !ok {
			at.Precision = max(at.Precision, gate.Inferred)
		}
		if original, ok := t.original(t.resources[i]); ok {
			at.Object = t.resources[i].kind + "/" + nameOf(original)
		}
		return at
	}
	return gate.Location{Path: t.root.file, Range: gate.Range{Line: 1}, Precision: gate.Fallback}
}

// find returns the path to the key or value that begins at a place. Value is nil
// for a key.
func find(n *yaml.Node, line, column int) (steps []step, value *yaml.Node, ok bool) {
	var search func(n *yaml.Node, steps []step) bool
	search = func(n *yaml.Node, before []step) bool {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				key, child := n.Content[i], n.Content[i+1]
				below := append(slices.Clone(before), step{key: key.Value})
				if key.Line == line && key.Column == column {
					steps = below
					return true
				}
				if search(child, below) {
					return true
				}
			}
		case yaml.SequenceNode:
			for i, child := range n.Content {
				if search(child, append(slices.Clone(before), step{index: i, item: child})) {
					return true
				}
			}
		}
		if n.Kind == yaml.ScalarNode && n.Line == line && n.Column == column {
			steps, value = before, n
			return true
		}
		return false
	}
	ok = search(n, nil)
	return steps, value, ok
}

// place looks for a target: a value in what was applied last, a key in what was
// there first; then for the fields above it.
func (t *tracer) place(want target) gate.Location {
	layers := t.layers(want.resource)
	if at, ok := t.inOriginal(want); ok && at.Precision == gate.Exact && want.identity() {
		return at // patches repeat what names an object
	}
	if want.value != nil {
		for _, layer := range slices.Backward(layers) {
			if at, ok := t.gives(layer, want); ok {
				return at
			}
		}
	}
	if at, ok := t.inOriginal(want); ok {
		return at
	}
	for _, layer := range layers {
		if at, ok := t.inPatches(layer, want); ok {
			return at
		}
	}
	if len(want.steps) > 0 {
		above := want
		above.steps, above.value = want.steps[:len(want.steps)-1], nil
		at := t.place(above)
		at.Precision = max(at.Precision, gate.Inferred)
		return at
	}
	for _, layer := range layers {
		if n := t.generated(layer, want); n != nil {
			return location(layer.file, 0, n, gate.Inferred)
		}
	}
	file := want.file
	if !t.job.files[file] {
		file = t.root.file
	}
	return gate.Location{Path: file, Range: gate.Range{Line: 1}, Precision: gate.Fallback}
}

// identity reports whether the field is one by which an object or an item of a
// list is known.
func (t target) identity() bool {
	return t.last() == "name" || len(t.steps) == 1 && (t.last() == "apiVersion" || t.last() == "kind")
}

// layers returns the kustomizations that a resource went through, the first one
// applied first.
func (t *tracer) layers(r resource) []*plan {
	owns := func(p *plan) bool {
		return slices.ContainsFunc(p.all(), func(below *plan) bool {
			return r.file != "" && below.claims[r.file] == whole || r.generator != "" && below.file == r.generator
		})
	}
	var layers []*plan
	for _, p := range t.root.all() {
		part := slices.ContainsFunc(t.root.all(), func(user *plan) bool { return slices.Contains(user.parts, p) && owns(user) })
		if owns(p) || part {
			layers = append(layers, p)
		}
	}
	return layers
}

// original returns the document that a resource was read from.
func (t *tracer) original(r resource) (*yaml.Node, bool) {
	if r.file == "" {
		return nil, false
	}
	var same []*yaml.Node
	for _, doc := range items(t.job.documents(r.file)) {
		if scalar(doc, "kind") != r.kind {
			continue
		}
		if t.renamed(r, nameOf(doc)) {
			return doc, true
		}
		same = append(same, doc)
	}
	if len(same) == 1 {
		return same[0], true
	}
	return nil, false
}

// items takes lists of objects apart.
func items(docs []*yaml.Node) []*yaml.Node {
	var all []*yaml.Node
	for _, doc := range docs {
		if list := child(doc, "items"); strings.HasSuffix(scalar(doc, "kind"), "List") && list != nil {
			all = append(all, items(list.Content)...)
			continue
		}
		all = append(all, doc)
	}
	return all
}

var hash = regexp.MustCompile(`^(.*)-[0-9a-z]{10}$`)

// renamed reports whether a name becomes that of a resource by the prefixes and
// suffixes of its layers, and the hash of a generated one.
func (t *tracer) renamed(r resource, name string) bool {
	for _, layer := range t.layers(r) {
		name = layer.content.NamePrefix + name + layer.content.NameSuffix
	}
	if r.name == name {
		return true
	}
	m := hash.FindStringSubmatch(r.name)
	return r.generator != "" && m != nil && m[1] == name
}

// inOriginal looks for a target in the file that the resource was read from.
func (t *tracer) inOriginal(want target) (gate.Location, bool) {
	doc, ok := t.original(want.resource)
	if !ok {
		return gate.Location{}, false
	}
	return found(want.file, 0, doc, want.steps, want.value)
}
