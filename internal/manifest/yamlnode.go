package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// readYAML indexes the one document of data, which starts at offset base of the
// file. The root is nil if there is none.
func readYAML(data []byte, base int) (*node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, &yamlError{base: base, err: err}
	}
	b := newYAMLIndex(data, base)
	root, err := b.node(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	switch err := dec.Decode(&more); {
	case errors.Is(err, io.EOF):
		return root, nil
	case err != nil:
		return nil, &yamlError{base: base, err: err}
	}
	// kubectl reads the first document up to the next "---" line and nothing
	// of what a "..." or an unusual line break puts behind it.
	return nil, &positionError{
		offset: base + b.offset(more.Line, more.Column),
		err:    errors.New("a second document without a \"---\" line of its own before it: kubectl would not read it"),
	}
}

// A yamlIndex turns the nodes of the YAML library into ours. The library tells
// line and column of where a node starts; where it ends is read from the text.
type yamlIndex struct {
	data    []byte
	base    int
	lines   []int // offsets of lines as YAML 1.1 counts them
	anchors map[*yaml.Node]*node
	open    map[*yaml.Node]bool

	line, column, at int // the last place looked up: nodes come in order
}

func newYAMLIndex(data []byte, base int) *yamlIndex {
	x := &yamlIndex{data: data, base: base, anchors: map[*yaml.Node]*node{}, open: map[*yaml.Node]bool{}}
	start := 0
	if bytes.HasPrefix(data, byteOrderMark) {
		start = len(byteOrderMark)
	}
	x.lines = append(x.lines, start)
	for i := start; i < len(data); {
		size := lineBreak(data[i:])
		i += max(size, 1)
		if size > 0 {
			x.lines = append(x.lines, i)
		}
	}
	return x
}

// lineBreak returns the size of the line break that data starts with, or 0.
func lineBreak(data []byte) int {
	switch {
	case len(data) == 0:
		return 0
	case bytes.HasPrefix(data, []byte("\r\n")):
		return 2
	case data[0] == '\n', data[0] == '\r':
		return 1
	case bytes.HasPrefix(data, []byte("\u0085")):
		return 2
	case bytes.HasPrefix(data, []byte("\u2028")), bytes.HasPrefix(data, []byte("\u2029")):
		return 3
	}
	return 0
}

// offset returns the offset of a line and column, both counted from 1.
func (x *yamlIndex) offset(line, column int) int {
	if line < 1 || line > len(x.lines) {
		return len(x.data)
	}
	if line != x.line || column < x.column {
		x.line, x.column, x.at = line, 1, x.lines[line-1]
	}
	for x.column < column && x.at < len(x.data) {
		_, size := utf8.DecodeRune(x.data[x.at:])
		x.at += size
		x.column++
	}
	return x.at
}

func (x *yamlIndex) node(n *yaml.Node, depth int) (*node, error) {
	start := x.offset(n.Line, n.Column)
	fail := func(err error) (*node, error) {
		return nil, &positionError{offset: x.base + start, err: err}
	}
	if depth > maxDepth {
		return fail(errDepth)
	}
	out := &node{span: span{start: x.base + start, end: x.base + start}, weight: 1}
	switch n.Kind {
	case yaml.AliasNode:
		if x.open[n.Alias] {
			return fail(fmt.Errorf("the anchor %q contains itself", n.Value))
		}
		target := *x.anchors[n.Alias]
		target.span = span{start: out.span.start, end: out.span.start + len("*") + len(n.Value)}
		return &target, nil
	case yaml.ScalarNode:
		out.span = x.shift(scalarSpan(x.data, start, n))
	case yaml.MappingNode, yaml.SequenceNode:
		x.open[n] = true
		if err := x.collection(n, out, depth); err != nil {
			return nil, err
		}
		delete(x.open, n)
	}
	if out.weight > maxValues {
		return fail(errValues)
	}
	if n.Anchor != "" {
		x.anchors[n] = out
	}
	return out, nil
}

// collection fills in the children of a mapping or sequence and its end.
func (x *yamlIndex) collection(n *yaml.Node, out *node, depth int) error {
	out.kind = sequence
	width := 1
	if n.Kind == yaml.MappingNode {
		out.kind, width = mapping, 2
	}
	names := map[string]bool{}
	merged := map[string]int{}
	for i := 0; i < len(n.Content); i += width {
		var f field
		if n.Kind == yaml.MappingNode && isMerge(n.Content[i]) {
			if err := x.merge(n.Content[i], n.Content[i+1], out, names, merged, depth); err != nil {
				return err
			}
			continue
		}
		if n.Kind == yaml.MappingNode {
			var err error
			if f, err = x.key(n.Content[i], depth); err != nil {
				return err
			}
			if names[f.name] {
				return &positionError{offset: f.key.start, err: duplicate(f.name)}
			}
			names[f.name] = true
		}
		value, err := x.node(n.Content[i+width-1], depth+1)
		if err != nil {
			return err
		}
		f.value = value
		if at, ok := merged[f.name]; ok && n.Kind == yaml.MappingNode {
			out.fields[at] = f // what is written here replaces what was merged
			out.weight += value.weight
		} else {
			out.add(f)
		}
		out.span.end = max(out.span.end, f.key.end, value.span.end)
	}
	if n.Style&yaml.FlowStyle != 0 {
		out.span.end = x.base + flowEnd(x.data, out.span.end-x.base, len(n.Content) == 0)
	}
	return nil
}

// key reads the key of a field.
func (x *yamlIndex) key(n *yaml.Node, depth int) (field, error) {
	at, err := x.node(n, depth+1)
	if err != nil {
		return field{}, err
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	f := field{name: n.Value, key: at.span, plain: n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0}
	switch {
	case n.Kind != yaml.ScalarNode:
		return field{}, &positionError{offset: at.span.start, err: errors.New("a key that is not a scalar")}
	case n.Value == "<<":
		return field{}, &positionError{offset: at.span.start, err: errors.New("a key << that merges nothing")}
	}
	return f, nil
}

func (x *yamlIndex) shift(s span) span { return span{start: s.start + x.base, end: s.end + x.base} }
