package manifest

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/portcullis-ci/portcullis/internal/parallel"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A Summary says what was read of a workspace.
type Summary struct {
	Files   int // that hold at least one object
	Objects int
	// Notes say what was left out, and why.
	Notes []string
	Texts
}

// Each reads the manifests of a tree and gives the objects of one file after
// the other to visit, from several goroutines at once and in no order; it keeps
// none of them, so that a tree of any size fits. An error of visit ends it.
//
// Without globs the manifests are all files with a name that kubectl takes for
// one and at least one object in them. With globs only what they match is read;
// a glob that matches nothing and a file named without wildcards that holds no
// object are errors. Err joins a [*gate.CheckError] for everything that could
// not be read; what could be is visited. Objects that the renderers made have
// the path of their [Text]: [Texts.Trace] leads back to files.
func Each(ctx context.Context, tree *workspace.Tree, globs []string, visit func([]*Object) error, renderers ...Renderer) (Summary, error) {
	return scope{globs: globs}.each(ctx, tree, visit, renderers)
}

// EachWith is [Each] without globs for the files in which an object may have a
// string such as word: of the others it reads the text and parses nothing, so
// that what is wrong with them is no error here. Renderers make all they can.
func EachWith(ctx context.Context, tree *workspace.Tree, word string, visit func([]*Object) error, renderers ...Renderer) (Summary, error) {
	return scope{word: word}.each(ctx, tree, visit, renderers)
}

func (s scope) each(ctx context.Context, tree *workspace.Tree, visit func([]*Object) error, renderers []Renderer) (Summary, error) {
	files, err := tree.Files(ctx)
	if err != nil {
		return Summary{}, err
	}
	refused, err := tree.RefusedPaths(ctx)
	if err != nil {
		return Summary{}, err
	}
	s.charts = charts(files)
	errs := s.refusedErrors(tree, refused)
	errs = append(errs, s.unmatched(files, refused)...)
	rendered, rendering := render(ctx, tree, s.globs, renderers)
	if ctx.Err() != nil {
		return Summary{}, context.Cause(ctx)
	}
	unread := s.unread(tree, files, rendered.Claimed)
	names := slices.DeleteFunc(files, func(name string) bool { return !s.contains(name) || rendered.Claimed(name) })
	results, err := s.readAll(ctx, tree, names, visit)
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{Notes: slices.Concat(rendered.Notes, s.chartNotes(rendered.Claimed), unread), Texts: textsOf(rendered.Texts)}
	made, err := sum.visit(visit)
	if err != nil {
		return Summary{}, err
	}
	results, errs = append(results, made...), append(errs, rendering)
	for _, r := range results {
		errs = append(errs, r.err)
		sum.Objects += r.objects
		if r.objects > 0 {
			sum.Files++
		}
	}
	sum.Notes = append(sum.Notes, notes("Kustomization files were left out, overlays are not rendered", results,
		func(r result) bool { return r.overlay })...)
	sum.Notes = append(sum.Notes, notes("files without a Kubernetes object", results,
		func(r result) bool { return r.empty })...)
	return sum, errors.Join(errs...)
}

// readAll reads the files with as many workers as run at once. The results are
// in the order of the names.
func (s scope) readAll(ctx context.Context, tree *workspace.Tree, names []string, visit func([]*Object) error) ([]result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]result, len(names))
	var next atomic.Int64
	parallel.Each(min(runtime.GOMAXPROCS(0), len(names)), func(int) {
		for i := int(next.Add(1)) - 1; i < len(names) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
			var objects []*Object
			objects, results[i] = s.read(tree, names[i])
			if len(objects) == 0 {
				continue
			}
			if err := visit(objects); err != nil {
				cancel(err)
			}
		}
	})
	return results, context.Cause(ctx)
}
