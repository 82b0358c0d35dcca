package policy

import (
	"cmp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// candidate is a field that a rule read.
type candidate struct {
	path    []any
	exists  int  // how many of its steps the document has
	absent  bool // missing from the document, and the rule holds because of it
	message bool // read for the message only
	order   int
}

// fieldRead returns the field of the document at which a success most probably
// points: one that the condition wants and that is missing, else the deepest
// one that the condition read. What only the message names counts less. Nil
// means that the body read nothing of the document.
func fieldRead(s success, input ast.Value, document any) []any {
	var all []candidate
	forMessage := messageParts(s.definition)
	for _, expr := range s.definition.Body {
		ast.WalkTerms(expr, func(term *ast.Term) bool {
			for _, path := range documentPaths(term.Value, s.locals, input) {
				c := candidate{path: path, exists: depth(path, document), message: forMessage[expr], order: len(all)}
				c.absent = expr.Negated && c.exists < len(path)
				all = append(all, c)
			}
			_, nested := term.Value.(ast.Ref)
			return nested
		})
	}
	all = slices.DeleteFunc(all, func(c candidate) bool { return c.exists == 0 })
	if len(all) == 0 {
		return nil
	}
	best := slices.MinFunc(all, func(a, b candidate) int {
		return cmp.Or(
			compareBool(a.message, b.message),
			compareBool(b.absent, a.absent),
			cmp.Compare(b.exists, a.exists),
			cmp.Compare(len(b.path), len(a.path)),
			cmp.Compare(a.order, b.order),
		)
	})
	return best.path[:min(len(best.path), best.exists+1)]
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

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
			var paths [][]any
			for _, path := range subtree(bound, input) {
				paths = append(paths, slices.Concat(path, rest))
			}
			return paths
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

func findEqual(value, in ast.Value, path []any) ([]any, bool) {
	if value.Compare(in) == 0 {
		return path, true
	}
	var found []any
	var ok bool
	switch in := in.(type) { // scalars have no parts
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
