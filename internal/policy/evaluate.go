package policy

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// A check is what the policies say about one object, or about all at once.
type check struct {
	object   *manifest.Object // nil: all
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

// ask evaluates a query on the input.
func (c *check) ask(ctx context.Context, q prepared, store storage.Store, input ast.Value) ([]result, error) {
	outcomes, err := q.eval(ctx, store, input, nil)
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
