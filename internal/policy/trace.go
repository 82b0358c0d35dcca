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
	message    map[*ast.Expr]bool // of the definition, see [messageParts]
}

// Enabled is part of [topdown.QueryTracer].
func (t *tracer) Enabled() bool { return true }

// Config does not ask for the values of variables, which would be looked up for
// every event: the few events that matter are asked themselves.
func (t *tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent keeps the successes of the definitions that are looked for.
func (t *tracer) TraceEvent(event topdown.Event) {
	definition, ok := event.Node.(*ast.Rule)
	if event.Op != topdown.ExitOp || !ok || !slices.Contains(t.rule.definitions, definition) || definition.Head.Key == nil {
		return
	}
	known := t.rule.anatomy(definition)
	t.successes = append(t.successes, success{
		definition: definition,
		key:        event.Plug(definition.Head.Key).Value,
		locals:     valuesOf(known.vars, &event),
		message:    known.message,
	})
}

// valuesOf returns the values that variables have at an event, as far as they
// have any.
func valuesOf(vars []*ast.Term, event *topdown.Event) *ast.ValueMap {
	values := ast.NewValueMap()
	for _, v := range vars {
		value := event.Plug(v).Value
		if _, free := value.(ast.Var); !free {
			values.Put(v.Value, value)
		}
	}
	return values
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
