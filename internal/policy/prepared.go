package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// A prepared query may be evaluated by several goroutines at once.
type prepared struct {
	*query
	program *program
	batches []batch
}

// batchSize is how many rules one evaluation asks for. The evaluator nests each
// term of a query into the one before: a hundred at once make a stack that no
// cache of the processor holds and that every garbage collection scans, one at
// a time pays for a new evaluation each.
const batchSize = 16

// A batch is some of the rules of a query, compiled as one.
type batch struct {
	rules      []*rule
	body       ast.Body
	compiler   ast.QueryCompiler
	bindings   []ast.Var // of the rules
	exceptions ast.Var   // "": not asked for
}

// prepareAll prepares every query of the program.
func (p *program) prepareAll() ([]prepared, error) {
	var all []prepared
	for _, q := range p.queries {
		one, err := p.prepare(q)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (p *program) prepare(q *query) (prepared, error) {
	all := prepared{query: q, program: p}
	batches := slices.Collect(slices.Chunk(q.rules, batchSize))
	for i, rules := range batches {
		b, err := p.batch(q, rules, q.exceptions && i == len(batches)-1)
		if err != nil {
			return prepared{}, fmt.Errorf("preparing the query of namespace %q: %w", q.namespace, err)
		}
		all.batches = append(all.batches, b)
	}
	return all, nil
}

// batch compiles the query for some of its rules.
func (p *program) batch(q *query, rules []*rule, exceptions bool) (batch, error) {
	body, err := ast.ParseBodyWithOpts(q.text(rules, exceptions), ast.ParserOptions{RegoVersion: ast.DefaultRegoVersion, SkipRules: true})
	if err != nil {
		return batch{}, err
	}
	b := batch{rules: rules, compiler: p.compiler.QueryCompiler()}
	if b.body, err = b.compiler.Compile(body); err != nil {
		return batch{}, err
	}
	compiled := map[ast.Var]ast.Var{} // names that the compiler gave, by those of the text
	for name, written := range b.compiler.RewrittenVars() {
		compiled[written] = name
	}
	named := func(name string) ast.Var {
		if v, ok := compiled[ast.Var(name)]; ok {
			return v
		}
		return ast.Var(name)
	}
	for i := range rules {
		b.bindings = append(b.bindings, named(binding(i)))
	}
	if exceptions {
		b.exceptions = named("exceptions")
	}
	return b, nil
}

// An evaluation is a prepared query at work on one input. What one batch made
// the evaluator compute, the others find in its cache.
type evaluation struct {
	prepared
	store  storage.Store
	txn    storage.Transaction
	input  *ast.Term
	tracer topdown.QueryTracer // nil: none
	cancel topdown.Cancel
	cache  topdown.VirtualCache
	time   time.Time
}

// eval returns the outcome of each rule that is defined and not empty.
func (p prepared) eval(ctx context.Context, store storage.Store, input ast.Value, tracer topdown.QueryTracer) ([]outcome, error) {
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Abort(ctx, txn)
	e := evaluation{
		prepared: p, store: store, txn: txn, input: ast.NewTerm(input), tracer: tracer,
		cancel: topdown.NewCancel(), cache: topdown.NewVirtualCache(), time: time.Now(),
	}
	defer context.AfterFunc(ctx, e.cancel.Cancel)()
	var outcomes []outcome
	excepted := map[any]bool{}
	for i := range p.batches {
		b := &p.batches[i]
		values, err := e.values(ctx, b)
		if err != nil {
			return nil, readable(err)
		}
		if outcomes, err = b.outcomes(outcomes, values); err != nil {
			return nil, err
		}
		if err := b.excepted(excepted, values); err != nil {
			return nil, err
		}
	}
	for i := range outcomes {
		outcomes[i].excepted = excepted[outcomes[i].rule.exception()]
	}
	return outcomes, nil
}

// values evaluates a batch.
func (e *evaluation) values(ctx context.Context, b *batch) (topdown.QueryResult, error) {
	q := topdown.NewQuery(b.body).
		WithQueryCompiler(b.compiler).
		WithCompiler(e.program.compiler).
		WithStore(e.store).
		WithTransaction(e.txn).
		WithInput(e.input).
		WithCancel(e.cancel).
		WithVirtualCache(e.cache).
		WithMetrics(metrics.NoOp()).
		WithTime(e.time).
		WithStrictBuiltinErrors(!e.program.lenient).
		WithPrintHook(e.program)
	if e.tracer != nil {
		q = q.WithQueryTracer(e.tracer)
	}
	var results []topdown.QueryResult
	err := q.Iter(ctx, func(r topdown.QueryResult) error {
		results = append(results, r)
		return nil
	})
	if err == nil && len(results) != 1 {
		err = fmt.Errorf("the query of namespace %q has %d results", e.namespace, len(results))
	}
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// outcomes appends those of the rules that have values.
func (b *batch) outcomes(all []outcome, values topdown.QueryResult) ([]outcome, error) {
	for i, r := range b.rules {
		list, err := listOf(values[b.bindings[i]])
		switch {
		case err != nil:
			return nil, err
		case len(list) == 0:
		case r.set():
			all = append(all, outcome{rule: r, values: list})
		default:
			all = append(all, outcome{rule: r, values: list[0]})
		}
	}
	return all, nil
}

// excepted adds the names of the exceptions.
func (b *batch) excepted(names map[any]bool, values topdown.QueryResult) error {
	if b.exceptions == "" {
		return nil
	}
	list, err := listOf(values[b.exceptions])
	for _, name := range list {
		if s, ok := name.(string); ok {
			names[s] = true
		}
	}
	return err
}

// listOf returns what a set or an array holds. Most are empty: of these nothing
// is converted.
func listOf(term *ast.Term) ([]any, error) {
	if term == nil {
		return nil, errors.New("a query without a value")
	}
	if list, ok := term.Value.(interface{ Len() int }); ok && list.Len() == 0 {
		return nil, nil
	}
	value, err := ast.JSON(term.Value)
	list, _ := value.([]any)
	return list, err
}
