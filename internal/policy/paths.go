package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// documentPaths returns the path in the document that a term stands for: a
// reference into the input, or into a variable that holds a part of it.
func documentPaths(value ast.Value, locals *ast.ValueMap, input ast.Value) [][]any {
	switch value := value.(type) {
	case ast.Var:
		if bound := locals.Get(value); bound != nil {
			return subtree(bound, input)
		}
	case ast.Ref:
		rest, ok := steps(value[1:], locals)
		if value.HasPrefix(ast.InputRootRef) {
			return [][]any{rest}
		}
		head, isVar := value[0].Value.(ast.Var)
		if bound := locals.Get(head); isVar && ok && bound != nil {
			return partPaths(bound, value[1:], rest, input)
		}
	}
	return nil
}

// partPaths returns the path of a reference into a value: where the value
// stands in the document, or the first part of it on the way, for a value that
// a rule has put together, such as a container with the list that it is in.
func partPaths(value ast.Value, ref ast.Ref, rest []any, input ast.Value) [][]any {
	for n := range ref {
		part, err := value.Find(ref[:n])
		if err != nil {
			return nil
		}
		for _, path := range subtree(part, input) {
			return [][]any{slices.Concat(path, rest[n:])}
		}
	}
	return nil
}

// steps turns the rest of a reference into steps of a path, as far as their
// values are known. It reports whether all are.
func steps(terms []*ast.Term, locals *ast.ValueMap) ([]any, bool) {
	path := []any{}
	for _, term := range terms {
		value := term.Value
		if v, ok := value.(ast.Var); ok {
			value = locals.Get(v)
		}
		switch value := value.(type) {
		case ast.String:
			path = append(path, string(value))
		case ast.Number:
			i, ok := value.Int()
			if !ok {
				return path, false
			}
			path = append(path, i)
		default:
			return path, false
		}
	}
	return path, true
}

// subtree returns the first mapping or sequence of the document that equals a
// value. A scalar is no evidence: the same text stands in many places.
func subtree(value, input ast.Value) [][]any {
	switch value.(type) {
	case ast.Object, *ast.Array:
	default:
		return nil
	}
	if path, ok := findEqual(value, input, nil); ok && len(path) > 0 {
		return [][]any{path}
	}
	return nil
}

// findEqual finds a mapping or sequence in another. These know their hash, which
// tells most of them apart without a look at what is in them.
func findEqual(value, in ast.Value, path []any) ([]any, bool) {
	switch in.(type) {
	case ast.Object, *ast.Array:
	default:
		return nil, false
	}
	if value.Hash() == in.Hash() && value.Compare(in) == 0 {
		return path, true
	}
	var found []any
	var ok bool
	switch in := in.(type) {
	case *ast.Array:
		for i := 0; i < in.Len() && !ok; i++ {
			found, ok = findEqual(value, in.Elem(i).Value, append(path[:len(path):len(path)], i))
		}
	case ast.Object:
		_ = in.Iter(func(k, v *ast.Term) error {
			if name, isString := k.Value.(ast.String); isString && !ok {
				found, ok = findEqual(value, v.Value, append(path[:len(path):len(path)], string(name)))
			}
			return nil
		})
	}
	return found, ok
}

// depth returns how many steps of a path the document has.
func depth(path []any, document any) int {
	for n, step := range path {
		switch value := document.(type) {
		case map[string]any:
			name, _ := step.(string)
			child, ok := value[name]
			if !ok {
				return n
			}
			document = child
		case []any:
			i, ok := step.(int)
			if !ok || i < 0 || i >= len(value) {
				return n
			}
			document = value[i]
		default:
			return n
		}
	}
	return len(path)
}
