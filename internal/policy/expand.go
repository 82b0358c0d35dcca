package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/open-policy-agent/gatekeeper/v3/pkg/gator/expand"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// An inventory is what templates read below data.inventory.
type inventory = storage.Store

// A session is Gatekeeper in one workspace.
type session struct {
	*gatekeeper
	expander expander
}

// open tells Gatekeeper of the other objects of the workspace.
func (g *gatekeeper) open(ctx context.Context, known surroundings) (*session, error) {
	store, errs := g.fill(ctx, known.inventory)
	for _, t := range g.templates {
		t.open(store)
	}
	s := &session{gatekeeper: g}
	var err error
	s.expander, err = g.expander(known.namespaces)
	return s, errors.Join(append(errs, err)...)
}

// referential reports whether a template looks at other objects than the one
// under review.
func (g *gatekeeper) referential() bool {
	for _, t := range g.templates {
		if t.referential() {
			return true
		}
	}
	return false
}

// fill gives every object to the client for rules that look at others than the
// one under review, and returns the same data for the tracer.
func (g *gatekeeper) fill(ctx context.Context, objects []*manifest.Object) (inventory, []error) {
	var errs []error
	data := map[string]any{}
	for _, o := range objects {
		if o.Name == "" {
			continue // nothing can refer to it
		}
		if _, err := g.client.AddData(ctx, unstructuredOf(o)); err != nil {
			errs = append(errs, placed(o, fmt.Errorf("adding %s to the inventory: %w", o, err)))
		}
		path := []string{"cluster", o.APIVersion, o.Kind}
		if o.Namespace != "" {
			path = []string{"namespace", o.Namespace, o.APIVersion, o.Kind}
		}
		at := data
		for _, step := range path {
			next, ok := at[step].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[step] = next
			}
			at = next
		}
		at[o.Name] = o.Value
	}
	return inmem.NewFromObject(map[string]any{"inventory": data}), errs
}

// An expander makes the pods of workloads: as the ExpansionTemplates of the
// workspace say, or, where none applies, as the controllers of Kubernetes do.
type expander struct {
	*expand.Expander
	sources map[string][]any // where an ExpansionTemplate finds the pod
}

func (g *gatekeeper) expander(namespaces []*manifest.Object) (expander, error) {
	e := expander{sources: map[string][]any{}}
	var resources []*unstructured.Unstructured
	for _, o := range g.others {
		resources = append(resources, unstructuredOf(o))
		spec, _ := o.Value["spec"].(map[string]any)
		source, _ := spec["templateSource"].(string)
		for step := range strings.SplitSeq(source, ".") {
			e.sources[o.Name] = append(e.sources[o.Name], step)
		}
	}
	for _, o := range namespaces {
		resources = append(resources, unstructuredOf(o))
	}
	var err error
	if e.Expander, err = expand.NewExpander(resources); err != nil {
		return e, &gate.CheckError{Err: fmt.Errorf("policy.gatekeeper: %w", err)}
	}
	return e, nil
}

// subjects returns the object and the pods that it would make.
func (e expander) subjects(o *manifest.Object) ([]subject, error) {
	whole := unstructuredOf(o)
	var namespace *core.Namespace // of an object that names none nothing is known: no match excludes it
	if o.Namespace != "" {
		namespace, _ = e.NamespaceForResource(whole)
	}
	all := []subject{{object: o, review: unstructuredOf(o), namespace: namespace}}
	made, err := e.Expand(whole)
	if err != nil {
		return all, placed(o, fmt.Errorf("expanding %s: %w", o, err))
	}
	for _, m := range made {
		all = append(all, subject{
			object: o, review: m.Obj, namespace: namespace, pod: true, prefix: e.sources[m.TemplateName], action: m.EnforcementAction,
		})
	}
	if pod, prefix, ok := podOf(o); ok && len(made) == 0 {
		all = append(all, subject{object: o, review: pod, namespace: namespace, pod: true, prefix: prefix})
	}
	return all, nil
}

// podOf returns the pod that a controller would make of a workload, and where
// its template stands.
func podOf(o *manifest.Object) (*unstructured.Unstructured, []any, bool) {
	path, ok := o.PodSpec()
	if !ok || len(path) < 2 {
		return nil, nil, false
	}
	prefix := path[:len(path)-1]
	var template any = unstructuredOf(o).Object
	for _, step := range prefix {
		template = template.(map[string]any)[step.(string)]
	}
	pod := &unstructured.Unstructured{Object: map[string]any{}}
	maps.Copy(pod.Object, template.(map[string]any))
	if _, ok := pod.Object["metadata"].(map[string]any); !ok {
		pod.Object["metadata"] = map[string]any{}
	}
	pod.SetAPIVersion("v1")
	pod.SetKind("Pod")
	pod.SetName(o.Name + "-pod")
	if o.Namespace != "" {
		pod.SetNamespace(o.Namespace)
	}
	return pod, prefix, true
}
