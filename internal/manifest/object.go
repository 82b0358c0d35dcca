// Package manifest finds the Kubernetes manifests of a workspace and reads them
// as kubectl does: the content comes from the decoder that kubectl uses, the
// positions from an index of our own, and where the two disagree about the
// structure of a file, the file is an error.
package manifest

import (
	"cmp"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// An Object is one Kubernetes object of a file.
type Object struct {
	Path       string // of the file, relative to the workspace
	APIVersion string
	Kind       string
	Namespace  string // empty: none is written in the file
	Name       string // metadata.name, or metadata.generateName
	// Value is the whole object as kubectl reads it: strings, booleans, int64,
	// float64, nil, []any and map[string]any. It must not be changed.
	Value map[string]any

	node *node
	text *text
	file string // that rendered text stands for
}

// File returns the file of the tree that the object comes from.
func (o *Object) File() string { return cmp.Or(o.file, o.Path) }

// String names the object: "Deployment/shop/web", or "Deployment/web" without a
// namespace.
func (o *Object) String() string {
	if o.Namespace == "" {
		return o.Kind + "/" + o.Name
	}
	return o.Kind + "/" + o.Namespace + "/" + o.Name
}

// Locate returns where the value at a path stands. A step of the path is a
// string for a field and an int for an item; no step means the object itself.
// For a field with nothing written behind it, the place is its key.
func (o *Object) Locate(path ...any) (gate.Range, bool) {
	f, ok := o.find(path)
	switch {
	case !ok:
		return gate.Range{}, false
	case f.value.span.end > f.value.span.start:
		return o.text.rangeOf(f.value.span), true
	}
	return o.text.rangeOf(f.key), true
}

// LocateKey returns where the last step of a path is named: the key of a field;
// the first key of an item, or the item itself if it is not a mapping.
func (o *Object) LocateKey(path ...any) (gate.Range, bool) {
	f, ok := o.find(path)
	switch {
	case !ok:
		return gate.Range{}, false
	case f.key.end > f.key.start:
		return o.text.rangeOf(f.key), true
	case len(f.value.fields) > 0:
		return o.text.rangeOf(f.value.fields[0].key), true
	}
	return o.text.rangeOf(f.value.span), true
}

// Nearest returns how many steps of the path exist in the object, and the best
// place to show for the path: its value if that is there, otherwise the key
// that names the deepest value on the way. A mapping or sequence of several
// lines is shown by its key too. See [Object.Locate] and [Object.LocateKey].
func (o *Object) Nearest(path ...any) (gate.Range, int) {
	if f, ok := o.find(path); ok {
		r, _ := o.Locate(path...)
		if f.value.kind == scalar || r.Line == r.EndLine {
			return r, len(path)
		}
	}
	for n := len(path); n > 0; n-- {
		if r, ok := o.LocateKey(path[:n]...); ok {
			return r, n
		}
	}
	return o.First(), 0
}

// First returns the place of the object's first key.
func (o *Object) First() gate.Range {
	r, _ := o.LocateKey()
	return r
}

func (o *Object) find(path []any) (field, bool) {
	f := field{value: o.node}
	for _, step := range path {
		var ok bool
		if f, ok = f.value.child(step); !ok {
			return field{}, false
		}
	}
	return f, true
}

// podSpecs is where each kind of workload keeps the specification of its pods.
var podSpecs = map[string][]any{
	"Pod":                   {"spec"},
	"PodTemplate":           {"template", "spec"},
	"Deployment":            {"spec", "template", "spec"},
	"StatefulSet":           {"spec", "template", "spec"},
	"DaemonSet":             {"spec", "template", "spec"},
	"ReplicaSet":            {"spec", "template", "spec"},
	"ReplicationController": {"spec", "template", "spec"},
	"Job":                   {"spec", "template", "spec"},
	"CronJob":               {"spec", "jobTemplate", "spec", "template", "spec"},
}

// PodSpec returns the path of the object's pod specification, and whether it is
// a workload that has one.
func (o *Object) PodSpec() ([]any, bool) {
	path := podSpecs[o.Kind]
	_, ok := o.find(path)
	return slices.Clone(path), ok && path != nil
}
