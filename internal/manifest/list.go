package manifest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// foreign says that a document can be read well and is nothing of Kubernetes.
type foreign string

func (f foreign) Error() string { return string(f) }

// onlyForeign reports whether the errors of a file say nothing worse than that.
func onlyForeign(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(joined.Unwrap(), func(err error) bool { return !onlyForeign(err) })
	}
	var f foreign
	return err == nil || errors.As(err, &f)
}

// unwrap returns the objects of a document: itself, or the items of a list.
func unwrap(path string, t *text, value any, n *node) ([]*Object, error) {
	if value == nil {
		return nil, nil
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, &positionError{offset: n.span.start, err: foreign("not an object: a manifest is a mapping with apiVersion and kind")}
	}
	if len(fields) == 0 {
		return nil, &positionError{offset: n.span.start, err: foreign("an empty object")}
	}
	o := &Object{Path: path, Value: fields, node: n, text: t}
	if err := o.identify(); err != nil {
		return nil, err
	}
	items, ok := fields["items"]
	if !ok || items == nil && !strings.HasSuffix(o.Kind, "List") {
		return []*Object{o}, nil
	}
	f, _ := n.child("items")
	list, ok := items.([]any)
	switch {
	case !strings.HasSuffix(o.Kind, "List"):
		return nil, &positionError{offset: f.key.start, err: fmt.Errorf("a %s with items: kubectl takes it for a list", o.Kind)}
	case !ok && items != nil:
		return nil, &positionError{offset: f.key.start, err: errors.New("the items of a list are not a sequence")}
	}
	return o.unwrapItems(list, f.value)
}

// unwrapItems returns the objects of a list. An item that names neither
// apiVersion nor kind gets those of the list, as kubectl has it.
func (o *Object) unwrapItems(items []any, n *node) ([]*Object, error) {
	var objects []*Object
	for i, item := range items {
		fields, ok := item.(map[string]any)
		if ok && fields != nil && fields["apiVersion"] == nil && fields["kind"] == nil {
			typed := maps.Clone(fields)
			typed["apiVersion"], typed["kind"] = o.APIVersion, strings.TrimSuffix(o.Kind, "List")
			item = typed
		}
		found, err := unwrap(o.Path, o.text, item, n.items[i])
		if err == nil && len(found) == 0 && item == nil {
			err = &positionError{offset: n.items[i].span.start, err: errors.New("an item of a list that is empty")}
		}
		objects = append(objects, found...)
		if err != nil {
			return objects, err
		}
	}
	return objects, nil
}

// identify fills in what names the object.
func (o *Object) identify() error {
	for _, want := range []struct {
		name string
		to   *string
	}{{"apiVersion", &o.APIVersion}, {"kind", &o.Kind}} {
		s, ok := o.Value[want.name].(string)
		if !ok || s == "" {
			at := o.node.span.start
			if f, found := o.node.child(want.name); found {
				at = f.key.start
			}
			return &positionError{offset: at, err: foreign("an object without " + want.name)}
		}
		*want.to = s
	}
	metadata, _ := o.Value["metadata"].(map[string]any)
	o.Namespace, _ = metadata["namespace"].(string)
	o.Name, _ = metadata["name"].(string)
	if o.Name == "" {
		o.Name, _ = metadata["generateName"].(string)
	}
	return nil
}
