package policy

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/open-policy-agent/frameworks/constraint/pkg/types"
	"github.com/open-policy-agent/opa/v1/ast"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// place finds the field that a result is about: what the template's details
// say, else what its Rego read, else what the message mentions.
func (t *template) place(ctx context.Context, s subject, r *types.Result, traces traces) (gate.Location, error) {
	at := gate.Location{Path: s.object.Path, Object: s.object.String()}
	given, _ := r.Metadata["details"].(map[string]any)
	if place, ok := s.locate(fieldPath(given["path"])); ok {
		at.Range, at.Precision = place, gate.Exact
		return at, nil
	}
	read, err := t.read(ctx, s, r, traces)
	if err != nil {
		return at, err
	}
	for _, path := range [][]any{read, mentioned(r.Msg, s.review.Object)} {
		if place, ok := s.locate(path); ok {
			at.Range, at.Precision = place, gate.Inferred
			return at, nil
		}
	}
	at.Range, at.Precision = s.object.First(), gate.Fallback
	return at, nil
}

// locate returns where a field of the review, or what there is of its path,
// stands in the file.
func (s subject) locate(path []any) (gate.Range, bool) {
	place, depth := s.object.Nearest(s.inObject(existing(path, s.review.Object))...)
	return place, depth > len(s.prefix)
}

// inObject turns a path of the review into one of the object. What a controller
// sets for a pod stands nowhere.
func (s subject) inObject(path []any) []any {
	if !s.pod {
		return path
	}
	if len(path) == 0 || path[0] != "spec" && path[0] != "metadata" {
		return nil
	}
	return slices.Concat(s.prefix, path)
}

// traces are what templates were seen to read of one subject, by constraint:
// each is watched once, however many results it has.
type traces map[string]*watched

// A watched evaluation is one of a template's Rego, with what it read.
type watched struct {
	input    ast.Value
	trace    *tracer
	outcomes []outcome
}

// read returns the field that the result with the message read, from another
// evaluation of the template's Rego that a tracer watches.
func (t *template) read(ctx context.Context, s subject, r *types.Result, traces traces) ([]any, error) {
	if t.code == nil {
		return nil, nil
	}
	id := constraintID(r.Constraint.GetKind(), r.Constraint.GetName())
	if traces[id] == nil {
		w, err := t.watch(ctx, s, r.Constraint)
		if err != nil {
			return nil, fmt.Errorf("evaluating the template of %s: %w", t.kind, err)
		}
		traces[id] = w
	}
	w := traces[id]
	for _, o := range w.outcomes {
		values, _ := o.values.([]any)
		for _, value := range values {
			if fields, _ := value.(map[string]any); fields["msg"] != r.Msg {
				continue
			}
			if success, ok := w.trace.find(value); ok {
				path := (&inference{
					success: success, input: w.input, rules: t.code.GetRulesForVirtualDocument,
					// Of the input only the object has a place in a file.
					document: map[string]any{"review": map[string]any{"object": s.review.Object}},
				}).fieldRead()
				return path[min(len(path), 2):], nil
			}
		}
	}
	return nil, nil
}

func (t *template) watch(ctx context.Context, s subject, constraint *unstructured.Unstructured) (*watched, error) {
	parameters, found, err := unstructured.NestedMap(constraint.Object, "spec", "parameters")
	if err != nil || !found {
		parameters = map[string]any{}
	}
	w := &watched{trace: newTracer(t.rule)}
	if w.input, err = ast.InterfaceToValue(map[string]any{"review": s.admission(), "parameters": parameters}); err != nil {
		return nil, err
	}
	q, err := t.prepared()
	if err != nil {
		return nil, err
	}
	w.outcomes, err = q.eval(ctx, t.store, w.input, w.trace)
	return w, err
}

// admission is the review as templates see it.
func (s subject) admission() map[string]any {
	gvk := s.review.GroupVersionKind()
	review := map[string]any{
		"kind":      map[string]any{"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind},
		"operation": "CREATE",
		"name":      s.review.GetName(),
		"object":    s.review.Object,
		"oldObject": nil,
	}
	if namespace := s.review.GetNamespace(); namespace != "" {
		review["namespace"] = namespace
	}
	return review
}

// broken is the message of an evaluation that broke off, which Gatekeeper's
// drivers return in place of a result.
var broken = regexp.MustCompile(`(?s)^(?:(?:template|libs)\S*?:(\d+): (eval_\w+_error: .*)|(compilation error: .*))$`)

// brokenOff returns the error that such a message stands for, else nil.
func (t *template) brokenOff(message string) error {
	m := broken.FindStringSubmatch(message)
	if m == nil {
		return nil
	}
	check := &gate.CheckError{Err: fmt.Errorf("evaluating the template of %s: %s", t.kind, m[2]+m[3])}
	if row, err := strconv.Atoi(m[1]); err == nil && t.object != nil {
		check.Location = t.line(&ast.Location{File: moduleName(0), Row: row}, 0, 0)
	} else if t.object != nil {
		check.Location.Path, check.Location.Object = t.object.Path, t.object.String()
		check.Location.Range, _ = t.object.Nearest("spec", "targets", 0, "code", 0, "source", "validations")
	}
	return check
}
