package policy

import (
	"cmp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// candidate is a field that a rule read.
type candidate struct {
	path     []any
	exists   int  // how many of its steps the document has
	absent   bool // missing from the document, and the rule holds because of it
	message  bool // read for the message only
	indirect bool // read by a rule that the rule uses
}

// An inference finds out at which field of a document a result points, from
// the definition that made it and the values of its variables.
type inference struct {
	success
	input    ast.Value
	document any
	rules    func(ast.Ref) []*ast.Rule // behind a reference into data
	all      []candidate
}

// fieldRead returns the most probable field: one that the condition wants and
// that is missing, else the deepest one that the condition read. What only the
// message names counts less, and what is read by other rules than this one. Nil
// means that nothing of the document was read.
func (in *inference) fieldRead() []any {
	for _, expr := range in.definition.Body {
		ast.WalkTerms(expr, func(term *ast.Term) bool {
			for _, path := range documentPaths(term.Value, in.locals, in.input) {
				in.add(path, expr.Negated, candidate{message: in.message[expr]})
			}
			ref, ok := term.Value.(ast.Ref)
			if ok && ref.HasPrefix(ast.DefaultRootRef) {
				in.addHelpers(ref, expr.Negated, candidate{message: in.message[expr], indirect: true}, map[*ast.Rule]bool{})
			}
			return ok
		})
	}
	if len(in.all) == 0 {
		return nil
	}
	best := slices.MinFunc(in.all, func(a, b candidate) int {
		return cmp.Or(
			compareBool(a.message, b.message),
			compareBool(b.absent, a.absent),
			compareBool(a.indirect, b.indirect),
			cmp.Compare(b.exists, a.exists),
			cmp.Compare(len(b.path), len(a.path)),
		)
	})
	return best.path[:min(len(best.path), best.exists+1)]
}

// add takes a path into the choice if at least its first step exists.
func (in *inference) add(path []any, negated bool, c candidate) {
	c.path, c.exists = path, depth(path, in.document)
	c.absent = negated && c.exists < len(path)
	if c.exists > 0 {
		in.all = append(in.all, c)
	}
}

// addHelpers adds what the rules behind a reference read, and those that they
// use. The values of their variables are not known: a path ends at the first.
func (in *inference) addHelpers(ref ast.Ref, negated bool, c candidate, seen map[*ast.Rule]bool) {
	for _, helper := range in.rules(ref) {
		if seen[helper] {
			continue
		}
		seen[helper] = true
		ast.WalkRefs(helper.Body, func(read ast.Ref) bool {
			if read.HasPrefix(ast.InputRootRef) {
				path, whole := steps(read[1:], ast.NewValueMap())
				in.add(path, negated && whole, c)
			} else if read.HasPrefix(ast.DefaultRootRef) {
				in.addHelpers(read, negated, c, seen)
			}
			return false
		})
	}
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
