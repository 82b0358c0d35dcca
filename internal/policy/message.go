package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// An anatomy is what is known of a definition whatever document it is asked
// about.
type anatomy struct {
	vars    []*ast.Term        // all its variables, each once
	message map[*ast.Expr]bool // see [messageParts]
}

// anatomy may be called at once from several goroutines.
func (r *rule) anatomy(definition *ast.Rule) *anatomy {
	if known, ok := r.anatomies.Load(definition); ok {
		return known.(*anatomy)
	}
	a := &anatomy{message: messageParts(definition)}
	seen := ast.NewVarSet()
	ast.WalkTerms(definition, func(term *ast.Term) bool {
		if v, ok := term.Value.(ast.Var); ok && !seen.Contains(v) {
			seen.Add(v)
			a.vars = append(a.vars, term)
		}
		return false
	})
	r.anatomies.Store(definition, a)
	return a
}

// messageParts returns the expressions of a body that only build its result:
// they define variables that nothing but the head and other such expressions
// use.
func messageParts(definition *ast.Rule) map[*ast.Expr]bool {
	parts := map[*ast.Expr]bool{}
	if definition.Head.Key == nil {
		return parts
	}
	wanted := vars(definition.Head.Key)
	for changed := true; changed; {
		changed = false
		for _, expr := range definition.Body {
			if !parts[expr] && slices.ContainsFunc(outputs(expr), func(v ast.Var) bool {
				return wanted.Contains(v) && !usedElsewhere(definition.Body, v, expr, parts)
			}) {
				parts[expr], changed = true, true
				wanted.Update(vars(expr))
			}
		}
	}
	return parts
}

// usedElsewhere reports whether a variable is part of a condition: of another
// expression than the one given and those that build the message.
func usedElsewhere(body ast.Body, v ast.Var, expr *ast.Expr, parts map[*ast.Expr]bool) bool {
	return slices.ContainsFunc(body, func(other *ast.Expr) bool {
		return other != expr && !parts[other] && vars(other).Contains(v)
	})
}

// outputs returns the variables that an expression may give a value: either
// side of an equation, and the operand behind the arguments of a call.
func outputs(expr *ast.Expr) []ast.Var {
	terms, ok := expr.Terms.([]*ast.Term)
	if !ok || expr.Negated || len(terms) < 2 {
		return nil
	}
	operands := terms[1:]
	if !expr.IsEquality() && !expr.IsAssignment() {
		if b, ok := ast.BuiltinMap[expr.Operator().String()]; ok && len(operands) <= b.Decl.Arity() {
			return nil
		}
		operands = operands[len(operands)-1:]
	}
	var found []ast.Var
	for _, operand := range operands {
		if v, ok := operand.Value.(ast.Var); ok {
			found = append(found, v)
		}
	}
	return found
}

func vars(x any) ast.VarSet {
	visitor := ast.NewVarVisitor().WithParams(ast.VarVisitorParams{SkipRefCallHead: true})
	visitor.Walk(x)
	return visitor.Vars()
}
