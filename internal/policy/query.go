package policy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/print"
)

// A program is compiled policies, ready to be queried.
type program struct {
	compiler *ast.Compiler
	store    storage.Store
	queries  []*query
	combined bool // the queries are asked once, about all objects
	perFile  bool // a policy reads data.conftest.file: every worker needs a store
	lenient  bool // a builtin that fails leaves its rule undefined, as in Gatekeeper
	log      *slog.Logger
}

// Print is part of [print.Hook]: what policies print is shown with the logs.
func (p *program) Print(at print.Context, message string) error {
	p.log.Debug(message, "policy", at.Location.File, "line", at.Location.Row)
	return nil
}

// readable gives an error of an evaluation its place in the policy.
func readable(err error) error {
	var failure *topdown.Error
	if !errors.As(err, &failure) || failure.Location == nil {
		return err
	}
	place := fmt.Sprintf("%s:%d", failure.Location.File, failure.Location.Row)
	return fmt.Errorf("%s: %s: %s", place, failure.Code, failure.Message)
}

// A query asks for all rules of a namespace at once.
type query struct {
	rules      []*rule
	exceptions bool
	namespace  string
}

// text is the query in Rego: a binding r0, r1, … for each rule and one for the
// exceptions. A rule that may be undefined stands in a comprehension, which is
// never; a set of messages always has a value and is asked for as it is.
func (q *query) text() string {
	var parts []string
	for i, r := range q.rules {
		form := "r%d = [x | x = %s]"
		if r.set() {
			form = "r%d = %s"
		}
		parts = append(parts, fmt.Sprintf(form, i, dataRef(r.namespace, r.name)))
	}
	if q.exceptions {
		parts = append(parts, fmt.Sprintf("exceptions = {x | x = %s[_][_]}", dataRef(q.namespace, "exception")))
	}
	return strings.Join(parts, "; ")
}

func dataRef(namespace, name string) string { return "data." + namespace + "." + name }

// A prepared query may be evaluated by several goroutines at once.
type prepared struct {
	*query
	program *program
	rego.PreparedEvalQuery
}

// prepareAll prepares every query of the program over a store.
func (p *program) prepareAll(ctx context.Context, store storage.Store) ([]prepared, error) {
	var all []prepared
	for _, q := range p.queries {
		one, err := p.prepare(ctx, store, q)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (p *program) prepare(ctx context.Context, store storage.Store, q *query) (prepared, error) {
	eval, err := rego.New(
		rego.Query(q.text()),
		rego.Compiler(p.compiler),
		rego.Store(store),
		rego.StrictBuiltinErrors(!p.lenient),
		rego.PrintHook(p),
	).PrepareForEval(ctx)
	if err != nil {
		return prepared{}, fmt.Errorf("preparing the query of namespace %q: %w", q.namespace, err)
	}
	return prepared{query: q, program: p, PreparedEvalQuery: eval}, nil
}

// outcome is what one rule says about one document.
type outcome struct {
	rule     *rule
	values   any  // of the rule, nil if it is undefined
	excepted bool // an exception rule names it
}

// eval returns the outcome of each rule that is defined.
func (p prepared) eval(ctx context.Context, input ast.Value, tracer topdown.QueryTracer) ([]outcome, error) {
	options := []rego.EvalOption{rego.EvalParsedInput(input)}
	if tracer != nil {
		options = append(options, rego.EvalQueryTracer(tracer))
	}
	results, err := p.Eval(ctx, options...)
	if err != nil {
		return nil, readable(err)
	}
	if len(results) != 1 {
		return nil, fmt.Errorf("the query of namespace %q has %d results", p.namespace, len(results))
	}
	bindings := results[0].Bindings
	excepted := map[any]bool{}
	exceptions, _ := bindings["exceptions"].([]any)
	for _, name := range exceptions {
		if s, ok := name.(string); ok {
			excepted[s] = true
		}
	}
	var outcomes []outcome
	for i, r := range p.rules {
		values, _ := bindings["r"+strconv.Itoa(i)].([]any)
		if len(values) == 0 {
			continue
		}
		o := outcome{rule: r, values: values, excepted: excepted[r.exception()]}
		if !r.set() {
			o.values = values[0]
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}
