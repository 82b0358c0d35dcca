package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// A tracer remembers which definition of a rule made which result, and with
// which values of its variables. It sees every event of an evaluation and keeps
// one kind: a definition that succeeded.
type tracer struct {
	rule      *rule
	successes []success
}

func newTracer(r *rule) *tracer { return &tracer{rule: r} }

// success is a definition that holds, with its result.
type success struct {
	definition *ast.Rule
	key        ast.Value
	locals     *ast.ValueMap
}

// Enabled is part of [topdown.QueryTracer].
func (t *tracer) Enabled() bool { return true }

// Config asks for the values of variables.
func (t *tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

// TraceEvent keeps the successes of the definitions that are looked for.
func (t *tracer) TraceEvent(event topdown.Event) {
	definition, ok := event.Node.(*ast.Rule)
	if event.Op != topdown.ExitOp || !ok || !slices.Contains(t.rule.definitions, definition) || definition.Head.Key == nil {
		return
	}
	t.successes = append(t.successes, success{
		definition: definition,
		key:        plug(definition.Head.Key.Value, event.Locals),
		locals:     event.Locals,
	})
}

// find returns the success that made a result.
func (t *tracer) find(value any) (success, bool) {
	key, err := ast.InterfaceToValue(value)
	if err != nil {
		return success{}, false
	}
	for _, s := range t.successes {
		if s.key.Compare(key) == 0 {
			return s, true
		}
	}
	return success{}, false
}

// plug replaces the variables in a value.
func plug(value ast.Value, locals *ast.ValueMap) ast.Value {
	plugged, err := ast.TransformVars(value, func(v ast.Var) (ast.Value, error) {
		if bound := locals.Get(v); bound != nil {
			return bound, nil
		}
		return v, nil
	})
	if err != nil {
		return value
	}
	if result, ok := plugged.(ast.Value); ok {
		return result
	}
	return value
}
