package kustomize

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// gives looks for what a kustomization did to a value, the last thing first:
// images, replicas, labels and annotations, names, patches, generators.
func (t *tracer) gives(p *plan, want target) (gate.Location, bool) {
	for _, look := range []func(*plan, target) *yaml.Node{image, replicas, pairs, rename, t.generated} {
		if n := look(p, want); n != nil {
			return location(p.file, 0, n, gate.Exact), true
		}
	}
	at, ok := t.inPatches(p, want)
	return at, ok && at.Precision == gate.Exact
}

// image returns the field of an images entry that gave a part of an image's
// name.
func image(p *plan, want target) *yaml.Node {
	if want.last() != "image" {
		return nil
	}
	name, tag, digest := split(want.value.Value)
	for _, entry := range list(p.root, "images") {
		to := scalar(entry, "newName")
		if to == "" {
			to = scalar(entry, "name")
		}
		newTag, newDigest := child(entry, "newTag"), child(entry, "digest")
		if name != to || newTag != nil && newTag.Value != tag || newDigest != nil && newDigest.Value != digest {
			continue
		}
		for _, n := range []*yaml.Node{newDigest, newTag, child(entry, "newName")} {
			if n != nil {
				return n
			}
		}
	}
	return nil
}

// split takes the name of an image apart.
func split(image string) (name, tag, digest string) {
	name, digest, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, tag = name[:i], name[i+1:]
	}
	return name, tag, digest
}

func replicas(p *plan, want target) *yaml.Node {
	if want.last() != "replicas" {
		return nil
	}
	for _, entry := range list(p.root, "replicas") {
		count := child(entry, "count")
		if count != nil && count.Value == want.value.Value && strings.Contains(want.name, scalar(entry, "name")) {
			return count
		}
	}
	return nil
}

// pairs returns the label or annotation that was set on everything.
func pairs(p *plan, want target) *yaml.Node {
	var sets []*yaml.Node
	switch want.parent() {
	case "labels", "matchLabels", "selector":
		sets = append(sets, child(p.root, "commonLabels"))
		for _, entry := range list(p.root, "labels") {
			sets = append(sets, child(entry, "pairs"))
		}
	case "annotations":
		sets = append(sets, child(p.root, "commonAnnotations"))
	}
	for _, set := range sets {
		if n := child(set, want.last()); n != nil && n.Value == want.value.Value {
			return n
		}
	}
	return nil
}

// rename returns what gave an object its namespace or changed its name.
func rename(p *plan, want target) *yaml.Node {
	value := want.value.Value
	switch {
	case want.last() == "namespace":
		if n := child(p.root, "namespace"); n != nil && n.Value == value {
			return n
		}
	case want.last() == "name" && want.parent() == "metadata" && len(want.steps) == 2:
		if n := child(p.root, "namePrefix"); n != nil && n.Value != "" && strings.HasPrefix(value, n.Value) {
			return n
		}
		if n := child(p.root, "nameSuffix"); n != nil && n.Value != "" && strings.HasSuffix(value, n.Value) {
			return n
		}
	}
	return nil
}

// generated returns the entry of a generator that made a value: the literal or
// file of a key, else the entry's name.
func (t *tracer) generated(p *plan, want target) *yaml.Node {
	if want.generator != p.file {
		return nil
	}
	for _, key := range []string{"configMapGenerator", "secretGenerator"} {
		for _, entry := range list(p.root, key) {
			name := child(entry, "name")
			if name == nil || !t.renamed(want.resource, name.Value) {
				continue
			}
			for _, source := range slices.Concat(list(entry, "literals"), list(entry, "files")) {
				field, _, found := strings.Cut(source.Value, "=")
				if !found {
					field = source.Value[strings.LastIndexByte(source.Value, '/')+1:]
				}
				if field == want.last() {
					return source
				}
			}
			return name
		}
	}
	return nil
}

func list(n *yaml.Node, key string) []*yaml.Node {
	if c := child(n, key); c != nil && c.Kind == yaml.SequenceNode {
		return c.Content
	}
	return nil
}

// A patch is the text of a patch and where it stands.
type patch struct {
	file   string
	offset int        // to be added to the lines of the text
	target *yaml.Node // of an entry of patches; nil: the patch names its object
	docs   []*yaml.Node
}

// patches reads the patches of a kustomization.
func (t *tracer) patches(p *plan) []patch {
	var all []patch
	add := func(entry, name, text *yaml.Node) {
		one := patch{file: p.file, target: child(entry, "target")}
		switch {
		case text != nil && text.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
			one.offset, one.docs = text.Line, documents([]byte(text.Value))
		case text != nil:
			one.offset, one.docs = text.Line-1, documents([]byte(text.Value))
		case name != nil:
			one.file, _ = inside(p.dir, name.Value)
			one.docs = t.job.documents(one.file)
		}
		all = append(all, one)
	}
	for _, key := range []string{"patches", "patchesJson6902"} {
		for _, entry := range list(p.root, key) {
			add(entry, child(entry, "path"), child(entry, "patch"))
		}
	}
	for _, entry := range list(p.root, "patchesStrategicMerge") {
		if inline(entry.Value) {
			add(nil, nil, entry)
		} else {
			add(nil, entry, nil)
		}
	}
	return all
}

// inPatches looks for a target in the patches of a kustomization, the last one
// first.
func (t *tracer) inPatches(p *plan, want target) (gate.Location, bool) {
	var inexact gate.Location
	for _, patch := range slices.Backward(t.patches(p)) {
		for _, doc := range patch.docs {
			at, ok := patch.find(doc, want)
			if ok && at.Precision == gate.Exact {
				return at, true
			}
			if ok {
				inexact = at
			}
		}
	}
	return inexact, inexact.Path != ""
}

// find looks for a target in one document of a patch.
func (p patch) find(doc *yaml.Node, want target) (gate.Location, bool) {
	if !p.applies(doc, want.resource) {
		return gate.Location{}, false
	}
	if doc.Kind != yaml.SequenceNode {
		return found(p.file, p.offset, doc, want.steps, want.value)
	}
	for _, op := range slices.Backward(doc.Content) {
		if scalar(op, "op") == "remove" {
			continue
		}
		rest, ok := below(scalar(op, "path"), want.steps)
		value := child(op, "value")
		if !ok || value == nil {
			continue
		}
		if at, ok := found(p.file, p.offset, value, rest, want.value); ok {
			return at, true
		}
	}
	return gate.Location{}, false
}

// applies reports whether a patch is about a resource, as far as kind and name
// tell.
func (p patch) applies(doc *yaml.Node, r resource) bool {
	kind, name := scalar(p.target, "kind"), scalar(p.target, "name")
	if p.target == nil && doc.Kind == yaml.MappingNode {
		kind, name = scalar(doc, "kind"), nameOf(doc)
	}
	return (kind == "" || kind == r.kind) && (name == "" || p.target != nil || strings.Contains(r.name, name))
}

// below returns the steps that are left behind a JSON pointer, and whether it
// leads to them.
func below(pointer string, steps []step) ([]step, bool) {
	if pointer == "" {
		return steps, true
	}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	if len(parts) > len(steps) {
		return nil, false
	}
	for i, part := range parts {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		s := steps[i]
		n, err := strconv.Atoi(part)
		switch {
		case s.item == nil && s.key == part, s.item != nil && part == "-", s.item != nil && err == nil && n == s.index:
		default:
			return nil, false
		}
	}
	return steps[len(parts):], true
}
