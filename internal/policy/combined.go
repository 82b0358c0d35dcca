package policy

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// combinedFindings turns what policies say about all objects at once into
// findings, each at the object that it is about.
func (f finder) combinedFindings(c check, objects []*manifest.Object) []gate.Finding {
	var all []gate.Finding
	for _, r := range c.results {
		o, about := f.about(r, objects)
		all = append(all, f.finding(about, o))
	}
	return all
}

// about returns the object that a result is about, and the result as if its
// rule had been asked about that object alone: paths lead through the list of
// path and contents. Without one, the message may name the object.
func (f finder) about(r observation, objects []*manifest.Object) (*manifest.Object, observation) {
	if file := f.inTree(r.details.File); file != "" {
		if i := slices.IndexFunc(objects, func(o *manifest.Object) bool { return o.File() == file }); i >= 0 {
			r.details.Path, r.read = nil, nil
			return objects[i], r
		}
	}
	if i, path, ok := inList(r.details.Path, len(objects)); ok {
		r.details.Path, r.read = path, nil
		return objects[i], r
	}
	if i, path, ok := inList(r.read, len(objects)); ok {
		r.read = path
		return objects[i], r
	}
	r.read = nil
	for _, o := range objects {
		if o.Name != "" && slices.Contains(wordsOf(r.message), o.Name) {
			r.read = []any{"metadata", "name"}
			return o, r
		}
	}
	return objects[0], r
}

// inList splits a path into the list of path and contents: which item, and what
// of its contents.
func inList(path []any, items int) (int, []any, bool) {
	if len(path) == 0 {
		return 0, nil, false
	}
	list := make([]any, items)
	path = existing(path, list)
	i, ok := path[0].(int)
	if !ok || i < 0 || i >= items {
		return 0, nil, false
	}
	if len(path) < 2 || path[1] != "contents" {
		return i, nil, true
	}
	return i, path[2:], true
}

// wordsOf splits a message where no name of an object goes on.
func wordsOf(message string) []string {
	words := strings.FieldsFunc(message, func(r rune) bool {
		return strings.ContainsRune(" \t\n\"'`<>()[]{},;=", r)
	})
	for i, word := range words {
		words[i] = strings.TrimRight(word, ".:")
	}
	return words
}
