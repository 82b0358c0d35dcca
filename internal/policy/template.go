package policy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/frameworks/constraint/pkg/apis"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego/schema"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/gator/reader"
	"github.com/open-policy-agent/opa/v1/ast"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// A template is a ConstraintTemplate. Its Rego is compiled a second time beside
// Gatekeeper's, for errors with a line and for the tracer that finds the field.
type template struct {
	kind   string
	title  string
	object *manifest.Object // nil: built in
	typed  *templates.ConstraintTemplate
	rule   *rule         // violation; nil: CEL
	code   *ast.Compiler // nil: CEL
	// prepared returns the query for code, over what templates see of others.
	prepared func() (prepared, error)
	store    inventory
}

// open makes the query for the tracer ready to be prepared, at the first use.
func (t *template) open(store inventory) {
	t.store = store
	t.prepared = sync.OnceValues(func() (prepared, error) {
		p := &program{compiler: t.code, store: store, lenient: true, log: slog.New(slog.DiscardHandler)}
		return p.prepare(&query{namespace: t.rule.namespace, rules: []*rule{t.rule}})
	})
}

// referential reports whether the template looks at other objects than the one
// under review.
func (t *template) referential() bool {
	found := false
	if t.code == nil {
		return false
	}
	for _, module := range t.code.Modules {
		ast.WalkRefs(module, func(ref ast.Ref) bool {
			if ref.HasPrefix(ast.DefaultRootRef) && (len(ref) == 1 || !isString(ref[1]) || ref[1].Equal(ast.StringTerm("inventory"))) {
				found = true
			}
			return found
		})
	}
	return found
}

func newTemplate(value map[string]any, o *manifest.Object) (*template, error) {
	scheme := runtime.NewScheme()
	if err := apis.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if o != nil {
		if err := unknownFields(scheme, o); err != nil {
			return nil, err
		}
	}
	typed, err := reader.ToTemplate(scheme, (&unstructured.Unstructured{Object: value}).DeepCopy())
	if err != nil {
		return nil, err
	}
	t := &template{kind: typed.Spec.CRD.Spec.Names.Kind, object: o, typed: typed}
	t.title = t.kind
	if title := typed.Annotations["metadata.gatekeeper.sh/title"]; title != "" {
		t.title = title
	}
	for i := range typed.Spec.Targets {
		for j, code := range typed.Spec.Targets[i].Code {
			if code.Engine != schema.Name {
				continue
			}
			source, err := schema.GetSource(code)
			if err != nil {
				return nil, err
			}
			if err := t.compile(source, i, j); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

// addTo gives the template to the client.
func (t *template) addTo(ctx context.Context, c *client.Client) error {
	_, err := c.AddTemplate(ctx, t.typed)
	return err
}

// compile compiles the Rego of a target.
func (t *template) compile(source *schema.Source, target, code int) error {
	version := ast.RegoV0
	if source.Version == "v1" {
		version = ast.RegoV1
	}
	modules := map[string]*ast.Module{}
	texts := append([]string{source.Rego}, source.Libs...)
	var errs []error
	for i, text := range texts {
		module, err := ast.ParseModuleWithOpts(moduleName(i), text, ast.ParserOptions{RegoVersion: version})
		if err != nil || module == nil {
			errs = append(errs, t.regoErrors(err, target, code))
			continue
		}
		modules[moduleName(i)] = module
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	entry := modules[moduleName(0)]
	compiler := ast.NewCompiler().WithCapabilities(capabilities(version)).WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		return t.regoErrors(compiler.Errors, target, code)
	}
	t.code = compiler
	t.rule = &rule{namespace: strings.TrimPrefix(entry.Package.Path.String(), "data."), name: "violation"}
	for _, definition := range compiler.Modules[moduleName(0)].Rules {
		if definition.Head.Ref()[0].Value.String() == t.rule.name {
			t.rule.definitions = append(t.rule.definitions, definition)
		}
	}
	return nil
}

// moduleName names the Rego of a target, and behind it its libraries.
func moduleName(i int) string {
	if i == 0 {
		return "rego"
	}
	return fmt.Sprintf("libs[%d]", i-1)
}

// regoErrors places the errors of the compiler in the template's file.
func (t *template) regoErrors(err error, target, code int) error {
	var list ast.Errors
	if !errors.As(err, &list) {
		return err
	}
	var errs []error
	for _, e := range list {
		check := &gate.CheckError{Err: readableRego(e.Message)}
		if t.object != nil && e.Location != nil {
			check.Location = t.line(e.Location, target, code)
		} else if e.Location != nil {
			check.Err = fmt.Errorf("%s, %s:%d: %w", t.kind, e.Location.File, e.Location.Row, check.Err)
		}
		errs = append(errs, check)
	}
	return errors.Join(errs...)
}

// line returns the line of a template's file at which a line of its Rego
// stands: in a block the text begins below its indicator.
func (t *template) line(loc *ast.Location, target, code int) gate.Location {
	at := gate.Location{Path: t.object.Path, Object: t.object.String()}
	field := []any{"rego"}
	var n int
	if _, err := fmt.Sscanf(loc.File, "libs[%d]", &n); err == nil {
		field = []any{"libs", n}
	}
	base := []any{"spec", "targets", target}
	for _, path := range [][]any{slices.Concat(base, field), slices.Concat(base, []any{"code", code, "source"}, field)} {
		if place, ok := t.object.Locate(path...); ok {
			at.Line = place.Line
			if place.EndLine > place.Line {
				at.Line += loc.Row
			}
			return at
		}
	}
	at.Range = t.object.First()
	return at
}
