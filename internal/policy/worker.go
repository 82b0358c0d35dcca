package policy

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// A worker evaluates one object at a time.
type worker struct {
	programs []program
	prepared [][]prepared    // by program
	stores   []storage.Store // by program
	single   map[*rule]prepared
	root     string
}

// workers prepares the queries that all workers share.
func workers(programs []program) (*worker, error) {
	w := &worker{programs: programs}
	for i := range programs {
		queries, err := programs[i].prepareAll()
		if err != nil {
			return nil, err
		}
		w.prepared, w.stores = append(w.prepared, queries), append(w.stores, programs[i].store)
	}
	return w, nil
}

// own returns a worker for one goroutine: with a store of its own for each
// program that reads the name of the file it is asked about.
func (w *worker) own(ctx context.Context, root string) (*worker, error) {
	mine := &worker{
		programs: w.programs, prepared: w.prepared, stores: slices.Clone(w.stores),
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
		if w.programs[i].combined {
			continue
		}
		err := w.ask(ctx, &c, i, filepath.Join(w.root, filepath.FromSlash(o.File())), question{input: input, document: o.Value})
		if err != nil {
			c.err = errors.Join(c.err, w.failed(o, err))
		}
	}
	return c
}

// checkCombined asks the queries that want all objects at once, in the form
// that conftest's --combine has: a list of path and contents.
func (w *worker) checkCombined(ctx context.Context, objects []*manifest.Object) check {
	document := make([]any, len(objects))
	for i, o := range objects {
		document[i] = map[string]any{"path": o.File(), "contents": o.Value}
	}
	var c check
	input, err := ast.InterfaceToValue(document)
	if err != nil {
		c.err = err
		return c
	}
	for i := range w.programs {
		if !w.programs[i].combined {
			continue
		}
		if err := w.ask(ctx, &c, i, filepath.Join(w.root, "Combined"), question{input: input, document: document}); err != nil {
			c.err = errors.Join(c.err, fmt.Errorf("evaluating the policies on all objects: %w", err))
		}
	}
	return c
}

// A question is what policies are asked about, as OPA's value and as ours.
type question struct {
	input    ast.Value
	document any
}

// ask asks the queries of one program.
func (w *worker) ask(ctx context.Context, c *check, program int, file string, about question) error {
	if err := w.tellFile(ctx, program, file); err != nil {
		return err
	}
	var errs []error
	for _, q := range w.prepared[program] {
		found, err := c.ask(ctx, q, w.stores[program], about.input)
		if err == nil {
			err = w.observe(ctx, c, program, found, about)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// failed says which object could not be checked.
func (w *worker) failed(o *manifest.Object, err error) error {
	first := o.First()
	return located(o.Path, &ast.Location{Row: first.Line, Col: first.Column}, fmt.Errorf("evaluating the policies on %s: %w", o, err))
}

// tellFile puts the name of the file where conftest's policies look for it.
func (w *worker) tellFile(ctx context.Context, program int, file string) error {
	if !w.programs[program].perFile {
		return nil
	}
	store := w.stores[program]
	return storage.Txn(ctx, store, storage.WriteParams, func(txn storage.Transaction) error {
		if err := storage.MakeDir(ctx, store, txn, storage.Path{"conftest"}); err != nil {
			return err
		}
		return store.Write(ctx, txn, storage.AddOp, storage.Path{"conftest", "file"}, map[string]any{
			"name": filepath.Base(file), "dir": filepath.Dir(file),
		})
	})
}

// observe adds results to the check. Only if one does not say where its fault
// is, its rule alone is evaluated again, watched by a tracer.
func (w *worker) observe(ctx context.Context, c *check, program int, found []result, about question) error {
	traces := map[*rule]*tracer{}
	for _, r := range found {
		seen := observation{result: r}
		if r.needsTrace() {
			trace := traces[r.rule]
			if trace == nil {
				trace = newTracer(r.rule)
				traces[r.rule] = trace
				if err := w.trace(ctx, program, trace, about.input); err != nil {
					return err
				}
			}
			if s, ok := trace.find(r.value); ok {
				seen.definition = s.definition
				seen.read = (&inference{
					success: s, input: about.input, document: about.document,
					rules: w.programs[program].compiler.GetRulesForVirtualDocument,
				}).fieldRead()
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
		var err error
		q, err = w.programs[program].prepare(&query{namespace: t.rule.namespace, rules: []*rule{t.rule}})
		if err != nil {
			return err
		}
		w.single[t.rule] = q
	}
	_, err := q.eval(ctx, w.stores[program], input, t)
	return err
}
