package policy

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// surroundings are the objects of the workspace by which others are judged.
type surroundings struct {
	namespaces []*manifest.Object
	inventory  []*manifest.Object // without positions
	notes      []string
}

// survey reads all manifests of the workspace, also those that are not judged
// themselves, if a policy looks at other objects than the one it is asked about.
func (s *Stage) survey(ctx context.Context, a applied) (surroundings, error) {
	var known surroundings
	labels := a.pods != nil && a.pods.Labels()
	if !labels && a.gates == nil {
		return known, nil
	}
	all := a.gates != nil && a.gates.referential()
	var mu sync.Mutex
	collect := func(objects []*manifest.Object) error {
		mu.Lock()
		defer mu.Unlock()
		for _, o := range objects {
			if o.Kind == "Namespace" && o.APIVersion == "v1" {
				known.namespaces = append(known.namespaces, o)
			}
			if all {
				known.inventory = append(known.inventory, &manifest.Object{
					Path: o.Path, APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Value: o.Value,
				})
			}
		}
		return ctx.Err()
	}
	outside := Options{Gatekeeper: s.o.Gatekeeper}
	visit := func(objects []*manifest.Object) error {
		if !outside.inScope(objects[0].Path) {
			return nil
		}
		return collect(objects)
	}
	var err error
	if !all && len(s.o.Manifests) == 0 { // what cannot be read is said by the one who judges it
		_, err = manifest.EachWith(ctx, s.o.Tree, "Namespace", visit, s.o.Renderers...)
	} else {
		_, err = manifest.Each(ctx, s.o.Tree, nil, visit, s.o.Renderers...)
	}
	if ctx.Err() != nil {
		return known, context.Cause(ctx)
	}
	if len(s.o.Manifests) > 0 {
		if err != nil {
			known.notes = append(known.notes, "manifests that policy.manifests leaves out could not all be read, rules that look at other objects may miss some")
		}
		// Each one that is judged is known too, wherever it stands.
		if _, err := manifest.Each(ctx, s.o.Tree, s.o.Manifests, collect, s.o.Renderers...); ctx.Err() != nil {
			return known, err
		}
	}
	for _, list := range [][]*manifest.Object{known.namespaces, known.inventory} {
		slices.SortStableFunc(list, func(a, b *manifest.Object) int { return cmp.Compare(a.Path, b.Path) })
	}
	known.namespaces = slices.CompactFunc(known.namespaces, func(a, b *manifest.Object) bool {
		return a.Path == b.Path && a.Name == b.Name
	})
	return known, nil
}
