package policy

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// oneQuery asks for all rules of a query at once, through OPA's own interface.
func oneQuery(ctx context.Context, p *program, q *query, input ast.Value) (map[string]any, error) {
	eval, err := rego.New(
		rego.Query(q.text(q.rules, q.exceptions)), rego.Compiler(p.compiler), rego.Store(p.store),
		rego.StrictBuiltinErrors(!p.lenient), rego.PrintHook(p),
	).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	results, err := eval.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil {
		return nil, readable(err)
	}
	bindings := results[0].Bindings
	excepted, _ := bindings["exceptions"].([]any)
	said := map[string]any{}
	for i, r := range q.rules {
		if values, _ := bindings[binding(i)].([]any); len(values) > 0 {
			said[r.name] = []any{values, slices.Contains(excepted, any(r.exception()))}
		}
	}
	return said, nil
}

// inBatches is the same from the queries of the stage.
func inBatches(ctx context.Context, p *program, q *query, input ast.Value) (map[string]any, error) {
	ready, err := p.prepare(q)
	if err != nil {
		return nil, err
	}
	outcomes, err := ready.eval(ctx, p.store, input, nil)
	said := map[string]any{}
	for _, o := range outcomes {
		values := o.values
		if !o.rule.set() {
			values = []any{values}
		}
		said[o.rule.name] = []any{values, o.excepted}
	}
	if err != nil {
		return nil, err
	}
	return said, nil
}

// TestBatchesAreOneQuery shows that rules that are asked for in batches say what
// they say when they are asked for at once, to the value and to the error.
func TestBatchesAreOneQuery(t *testing.T) {
	many := manyRules(3*batchSize + 5)
	for name, files := range map[string]map[string]string{
		"sets":      {"a.rego": many},
		"exception": {"a.rego": many + "\nexception contains [\"r1\", \"r51\"] if input.metadata.name == \"web-10\"\n"},
		"list":      {"a.rego": many + "\ndeny_list := [c.name | some c in input.spec.template.spec.containers]\n\nwarn_none := [\"x\"] if input.absent\n"},
		"late":      {"a.rego": many + "\nwarn_last contains msg if { msg := sprintf(\"%d\", [to_number(input.kind)]) }\n"},
		"two":       {"a.rego": many + "\ndeny_a contains \"m\" if { to_number(input.kind) }\n\nwarn := \"a\" if input.kind\n\nwarn := \"b\" if input.kind\n"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			tr := tree(t, map[string]string{"policy/a.rego": files["a.rego"], "web.yaml": deployments(1, 20)["deploy/000/00000.yaml"]})
			u, err := loadUser(ctx, Options{Tree: tr, Policies: tr, Rego: []string{"policy"}, Log: slog.New(slog.DiscardHandler)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			found, err := manifest.Find(ctx, tr, nil)
			if err != nil || len(found.Objects) != 20 {
				t.Fatal(len(found.Objects), err)
			}
			p, said := &u.programs[0], 0
			for _, o := range found.Objects {
				input, err := ast.InterfaceToValue(o.Value)
				if err != nil {
					t.Fatal(err)
				}
				want, wantErr := oneQuery(ctx, p, p.queries[0], input)
				got, gotErr := inBatches(ctx, p, p.queries[0], input)
				if !reflect.DeepEqual(got, want) || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
					t.Errorf("%s: %v, %v\nat once: %v, %v", o, got, gotErr, want, wantErr)
				}
				said += len(want)
				if wantErr != nil {
					said++
				}
			}
			if said == 0 {
				t.Error("nothing was said")
			}
		})
	}
}
