package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	clienterrors "github.com/open-policy-agent/frameworks/constraint/pkg/client/errors"
	"github.com/open-policy-agent/frameworks/constraint/pkg/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/expansion"
	mutation "github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	admission "k8s.io/api/admission/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// A subject is what constraints are asked about: an object of the workspace, or
// a pod that it would make.
type subject struct {
	object    *manifest.Object
	review    *unstructured.Unstructured
	namespace *core.Namespace // nil: none is known
	pod       bool            // made of the object
	prefix    []any           // where what the review holds stands in the object
	action    string          // enforcement action of the ExpansionTemplate
}

// check reviews an object, and the pods that it would make, with every
// constraint that matches.
func (g *session) check(ctx context.Context, o *manifest.Object) ([]gate.Finding, []error) {
	var findings []gate.Finding
	subjects, err := g.expander.subjects(o)
	errs := []error{err}
	for _, s := range subjects {
		found, err := g.review(ctx, s)
		findings, errs = append(findings, found...), append(errs, err)
	}
	return findings, errs
}

// distinct joins errors and drops the repeated ones: a template that cannot be
// evaluated fails for every object.
func distinct(errs []error) error {
	seen := map[string]bool{}
	var all []error
	for _, f := range errs {
		var one []error
		if joined, ok := f.(interface{ Unwrap() []error }); ok {
			one = joined.Unwrap()
		} else if f != nil {
			one = []error{f}
		}
		for _, err := range one {
			if !seen[err.Error()] {
				seen[err.Error()] = true
				all = append(all, err)
			}
		}
	}
	return errors.Join(all...)
}

// review asks the client about a subject, and turns what it says into findings.
func (g *session) review(ctx context.Context, s subject) ([]gate.Finding, error) {
	source := mutation.SourceTypeOriginal
	if s.pod {
		source = mutation.SourceTypeGenerated
	}
	responses, err := g.client.Review(ctx, target.AugmentedUnstructured{
		Object: *s.review.DeepCopy(), Namespace: s.namespace, Operation: admission.Create, Source: source,
	})
	if err != nil {
		return nil, placed(s.object, fmt.Errorf("reviewing %s: %w", s.object, err))
	}
	if ctx.Err() != nil {
		return nil, nil // the reason is the error
	}
	expansion.OverrideEnforcementAction(s.action, responses)
	var findings []gate.Finding
	var errs []error
	traces := traces{}
	for _, r := range responses.Results() {
		f, err := g.finding(ctx, s, r, traces)
		if err != nil {
			errs = append(errs, placed(s.object, err))
			continue
		}
		findings = append(findings, f)
	}
	return findings, errors.Join(errs...)
}

// finding translates one result.
func (g *session) finding(ctx context.Context, s subject, r *types.Result, traces traces) (gate.Finding, error) {
	kind, name := r.Constraint.GetKind(), r.Constraint.GetName()
	t := g.templates[kind]
	if strings.HasPrefix(r.Msg, clienterrors.ErrAutoreject.Error()) {
		return gate.Finding{}, &gate.CheckError{
			Err:  fmt.Errorf("matching %s with the constraint %s/%s: %s", s.object, kind, name, r.Msg),
			Hint: "a namespaceSelector needs the Namespace object in the workspace",
		}
	}
	if err := t.brokenOff(r.Msg); err != nil {
		return gate.Finding{}, err
	}
	severity, status := weigh(r)
	f := gate.Finding{
		Rule: constraintID(kind, name), Severity: severity, Status: status, Layer: gate.Cluster, Title: t.title, Message: r.Msg,
		Hint: fmt.Sprintf("correct the field, or change the constraint %s/%s", kind, name),
	}
	place, err := t.place(ctx, s, r, traces)
	f.Location = place
	return f, err
}

// weigh maps the enforcement action: what is denied has the severity that an
// annotation of the constraint gives, or high; a warning is low; what is only
// counted in the cluster is low and does not close the gate.
func weigh(r *types.Result) (gate.Severity, gate.Status) {
	actions := append([]string{r.EnforcementAction}, r.ScopedEnforcementActions...)
	switch {
	case slices.Contains(actions, string(util.Deny)) || slices.Contains(actions, string(util.Unrecognized)):
		for key, value := range r.Constraint.GetAnnotations() {
			if key == "severity" || strings.HasSuffix(key, "/severity") {
				return details{Severity: value}.severity(gate.High), gate.New
			}
		}
		return gate.High, gate.New
	case slices.Contains(actions, string(util.Warn)):
		return gate.Low, gate.New
	case slices.Contains(actions, string(util.Dryrun)):
		return gate.Low, gate.Waived
	}
	return gate.High, gate.New
}
