package policy

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
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
