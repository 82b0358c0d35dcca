package policy

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"golang.org/x/sync/errgroup"

	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// A check is what the policies say about one object.
type check struct {
	object   *manifest.Object
	results  []observation
	excepted []*rule
	err      error
}

// An observation is a result with what the tracer saw of it, if it was needed:
// the definition that made it and the field that this one read.
type observation struct {
	result
	definition *ast.Rule
	read       []any
}

// evaluate asks every program about every object, with as many workers as the
// machine runs goroutines at once. The checks are in the order of the objects.
func evaluate(ctx context.Context, root string, programs []program, objects []*manifest.Object, memory uint64) ([]check, error) {
	ctx, stop := limitMemory(ctx, memory)
	defer stop()
	checks := make([]check, len(objects))
	shared, err := workers(ctx, programs)
	if err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(objects)) {
		group.Go(func() error {
			w, err := shared.own(ctx, root)
			if err != nil {
				return err
			}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(objects) {
					return nil
				}
				checks[i] = w.check(ctx, objects[i])
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var errs []error
	for _, c := range checks {
		errs = append(errs, c.err)
	}
	return checks, errors.Join(errs...)
}

// A worker evaluates one object at a time.
type worker struct {
	programs []program
	prepared [][]prepared    // by program
	stores   []storage.Store // by program; nil: shared and never written
	single   map[*rule]prepared
	root     string
}

// workers prepares the queries that all workers share.
func workers(ctx context.Context, programs []program) (*worker, error) {
	w := &worker{programs: programs, stores: make([]storage.Store, len(programs))}
	for i := range programs {
		p := &programs[i]
		queries, err := p.prepareAll(ctx, p.store)
		if err != nil {
			return nil, err
		}
		w.prepared = append(w.prepared, queries)
	}
	return w, nil
}

// own returns a worker for one goroutine: with a store of its own for each
// program that reads the name of the file it is asked about.
func (w *worker) own(ctx context.Context, root string) (*worker, error) {
	mine := &worker{
		programs: w.programs, prepared: slices.Clone(w.prepared), stores: slices.Clone(w.stores),
		single: map[*rule]prepared{}, root: root,
	}
	for i := range w.programs {
		p := &w.programs[i]
		if !p.perFile {
			continue
		}
		data, err := storage.ReadOne(ctx, p.store, storage.Path{})
		if err != nil {
			return nil, fmt.Errorf("reading the policies' data: %w", err)
		}
		object, ok := data.(map[string]any)
		if !ok {
			return nil, errors.New("the policies' data is not an object")
		}
		mine.stores[i] = inmem.NewFromObject(object)
		if mine.prepared[i], err = p.prepareAll(ctx, mine.stores[i]); err != nil {
			return nil, err
		}
	}
	return mine, nil
}

// check asks every query about an object.
func (w *worker) check(ctx context.Context, o *manifest.Object) check {
	c := check{object: o}
	input, err := ast.InterfaceToValue(o.Value)
	if err != nil {
		c.err = w.failed(o, err)
		return c
	}
	for i := range w.programs {
		if err := w.tellFile(ctx, i, o.Path); err != nil {
			c.err = w.failed(o, err)
			return c
		}
		for _, q := range w.prepared[i] {
			found, err := c.ask(ctx, q, input)
			if err == nil {
				err = w.observe(ctx, &c, i, found, input)
			}
			if err != nil {
				c.err = errors.Join(c.err, w.failed(o, err))
			}
		}
	}
	return c
}

// failed says which object could not be checked.
func (w *worker) failed(o *manifest.Object, err error) error {
	first := o.First()
	return located(o.Path, &ast.Location{Row: first.Line, Col: first.Column}, fmt.Errorf("evaluating the policies on %s: %w", o, err))
}

// tellFile puts the name of the file where conftest's policies look for it.
func (w *worker) tellFile(ctx context.Context, program int, name string) error {
	store := w.stores[program]
	if store == nil {
		return nil
	}
	file := filepath.Join(w.root, filepath.FromSlash(name))
	return storage.WriteOne(ctx, store, storage.AddOp, storage.Path{"conftest"}, map[string]any{
		"file": map[string]any{"name": filepath.Base(file), "dir": filepath.Dir(file)},
	})
}

// ask evaluates a query on the input.
func (c *check) ask(ctx context.Context, q prepared, input ast.Value) ([]result, error) {
	outcomes, err := q.eval(ctx, input, nil)
	if err != nil {
		return nil, err
	}
	var found []result
	for _, o := range outcomes {
		all, err := results(o.rule, o.values)
		switch {
		case err != nil:
			return nil, err
		case o.excepted && len(all) > 0:
			c.excepted = append(c.excepted, o.rule)
		case !o.excepted:
			found = append(found, all...)
		}
	}
	return found, nil
}

// observe adds results to the check. Only if one does not say where its fault
// is, its rule alone is evaluated again, watched by a tracer.
func (w *worker) observe(ctx context.Context, c *check, program int, found []result, input ast.Value) error {
	traces := map[*rule]*tracer{}
	for _, r := range found {
		seen := observation{result: r}
		if r.needsTrace() {
			trace := traces[r.rule]
			if trace == nil {
				trace = newTracer(r.rule)
				traces[r.rule] = trace
				if err := w.trace(ctx, program, trace, input); err != nil {
					return err
				}
			}
			if s, ok := trace.find(r.value); ok {
				seen.definition = s.definition
				seen.read = fieldRead(s, input, c.object.Value)
			}
		}
		c.results = append(c.results, seen)
	}
	return nil
}

// trace evaluates the rule that the tracer watches.
func (w *worker) trace(ctx context.Context, program int, t *tracer, input ast.Value) error {
	q, ok := w.single[t.rule]
	if !ok {
		p, store := &w.programs[program], w.stores[program]
		if store == nil {
			store = p.store
		}
		var err error
		q, err = p.prepare(ctx, store, &query{namespace: t.rule.namespace, rules: []*rule{t.rule}})
		if err != nil {
			return err
		}
		w.single[t.rule] = q
	}
	_, err := q.eval(ctx, input, t)
	return err
}
