package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"github.com/open-policy-agent/opa/v1/ast"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// gatekeeper is the constraints of the workspace with Gatekeeper's own client,
// ready to review objects.
type gatekeeper struct {
	client      *client.Client
	templates   map[string]*template // by the kind of their constraints
	broken      map[string]bool      // kinds whose template is an error: their constraints are none of their own
	constraints map[string]*manifest.Object
	others      []*manifest.Object // ExpansionTemplates and mutations
	sources     []source
	notes       []string
}

const (
	templateGroup   = "templates.gatekeeper.sh"
	constraintGroup = "constraints.gatekeeper.sh"
)

// loadGatekeeper reads the folders of the options and compiles what is in them.
// A template or constraint that the cluster would refuse is an error.
func loadGatekeeper(ctx context.Context, o Options, fetched map[string][]source) (*gatekeeper, error) {
	bundles, err := o.bundles(ctx, "policy.gatekeeper", o.Gatekeeper, fetched, ".yaml", ".yml", ".json")
	if err != nil {
		return nil, err
	}
	var sources []source
	for _, b := range bundles {
		sources = append(sources, b.files...)
	}
	g := &gatekeeper{templates: map[string]*template{}, broken: map[string]bool{}, constraints: map[string]*manifest.Object{}, sources: sources}
	var objects []*manifest.Object
	var errs []error
	for _, s := range sources {
		found, err := manifest.Read(s.path, s.data)
		objects, errs = append(objects, found...), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if g.client, err = newClient(o); err != nil {
		return nil, fmt.Errorf("preparing the Gatekeeper client: %w", err)
	}
	return g, errors.Join(g.addTemplates(ctx, objects), g.addConstraints(ctx, objects))
}

// newClient makes a client whose Rego may call what other policies may, and
// knows no provider of external data.
func newClient(o Options) (*client.Client, error) {
	var disabled []string
	for _, b := range ast.CapabilitiesForThisVersion().Builtins {
		if !slices.Contains(strings.Fields(allowedBuiltins), b.Name) {
			disabled = append(disabled, b.Name)
		}
	}
	regoDriver, err := rego.New(rego.DisableBuiltins(disabled...), rego.PrintEnabled(true), rego.PrintHook(&program{log: o.Log}))
	if err != nil {
		return nil, err
	}
	celDriver, err := k8scel.New()
	if err != nil {
		return nil, err
	}
	return client.NewClient(
		client.Targets(&target.K8sValidationTarget{}), client.Driver(regoDriver), client.Driver(celDriver),
		client.EnforcementPoints(util.WebhookEnforcementPoint, util.AuditEnforcementPoint, util.GatorEnforcementPoint, util.VAPEnforcementPoint),
	)
}

// addTemplates adds the templates, and the built-in ones for constraints whose
// template is not there.
func (g *gatekeeper) addTemplates(ctx context.Context, objects []*manifest.Object) error {
	var errs []error
	for _, o := range objects {
		if group(o) != templateGroup || o.Kind != "ConstraintTemplate" {
			continue
		}
		t, err := newTemplate(o.Value, o)
		if err == nil && g.templates[t.kind] != nil {
			err = errors.New("a second template for constraints of the kind " + t.kind)
		}
		if err == nil {
			err = t.addTo(ctx, g.client)
		}
		if kind := constraintKind(o); err == nil {
			g.templates[t.kind] = t
		} else if g.templates[kind] == nil {
			g.broken[kind] = true
		}
		errs = append(errs, placed(o, err, "metadata", "name"))
	}
	for _, o := range objects {
		if group(o) != constraintGroup || g.templates[o.Kind] != nil || g.broken[o.Kind] {
			continue
		}
		value, err := builtinTemplate(o.Kind)
		if err != nil || value == nil {
			errs = append(errs, err)
			continue
		}
		t, err := newTemplate(value, nil)
		if err == nil {
			err = t.addTo(ctx, g.client)
			g.templates[t.kind] = t
			g.notes = append(g.notes, fmt.Sprintf("%s: the built-in template is used, no file has one", t.kind))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// addConstraints adds the constraints, and keeps what else is Gatekeeper's.
func (g *gatekeeper) addConstraints(ctx context.Context, objects []*manifest.Object) error {
	var errs []error
	for _, o := range objects {
		switch {
		case group(o) == "expansion.gatekeeper.sh" || group(o) == "mutations.gatekeeper.sh":
			g.others = append(g.others, o)
		case group(o) != constraintGroup, g.broken[o.Kind]:
		case g.templates[o.Kind] == nil:
			errs = append(errs, placed(o, &gate.CheckError{
				Err:  fmt.Errorf("no ConstraintTemplate for the kind %s", o.Kind),
				Hint: "add the template to a folder of policy.gatekeeper; `portcullis rules` lists the built-in ones",
			}, "kind"))
		case g.constraints[constraintID(o.Kind, o.Name)] != nil:
			errs = append(errs, placed(o, fmt.Errorf("a second constraint %s", o.Name), "metadata", "name"))
		default:
			_, err := g.client.AddConstraint(ctx, unstructuredOf(o))
			errs = append(errs, placed(o, err, "spec", "parameters"))
			g.constraints[constraintID(o.Kind, o.Name)] = o
		}
	}
	if len(g.constraints)+len(g.broken) == 0 && len(errs) == 0 {
		errs = append(errs, &gate.CheckError{
			Err:  errors.New("policy.gatekeeper: no constraint in the files"),
			Hint: "a ConstraintTemplate alone checks nothing: add a constraint",
		})
	}
	return errors.Join(errs...)
}

// constraintKind returns the kind that a ConstraintTemplate defines, "" if it
// names none.
func constraintKind(o *manifest.Object) string {
	kind, _, _ := unstructured.NestedString(o.Value, "spec", "crd", "spec", "names", "kind")
	return kind
}

func constraintID(kind, name string) string { return "gatekeeper/" + kind + "/" + name }

// group returns the API group of an object, "" for the core group.
func group(o *manifest.Object) string {
	group, _, found := strings.Cut(o.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

// unstructuredOf returns a copy of an object in the form of Gatekeeper.
func unstructuredOf(o *manifest.Object) *unstructured.Unstructured {
	return (&unstructured.Unstructured{Object: o.Value}).DeepCopy()
}

// placed gives an error a place in the object, unless it has one.
func placed(o *manifest.Object, err error, path ...any) error {
	if err == nil {
		return nil
	}
	var check *gate.CheckError
	if !errors.As(err, &check) {
		check = &gate.CheckError{Err: err}
	}
	if check.Location.Path == "" {
		check.Location.Path, check.Location.Object = o.Path, o.String()
		check.Location.Range, _ = o.Nearest(path...)
		return check
	}
	return err
}
