package manifest

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Found is the manifests of a workspace.
type Found struct {
	Objects []*Object // sorted by path, then in the order of the text
	Files   int       // that hold at least one object
	// Notes say what was left out, and why.
	Notes []string
}

// Find reads the manifests of a tree. Without globs these are all files with a
// name that kubectl takes for a manifest and at least one object in them. With
// globs only what they match is read; a glob that matches nothing and a file
// named without wildcards that holds no object are errors. Err joins a
// [*gate.CheckError] for everything that could not be read; what could be is
// returned with it.
func Find(ctx context.Context, tree *workspace.Tree, globs []string) (Found, error) {
	files, err := tree.Files(ctx)
	if err != nil {
		return Found{}, err
	}
	refused, err := tree.RefusedPaths(ctx)
	if err != nil {
		return Found{}, err
	}
	s := scope{globs: globs, charts: charts(files)}
	errs := s.refusedErrors(tree, refused)
	errs = append(errs, s.unmatched(files, refused)...)
	names := slices.DeleteFunc(files, func(name string) bool { return !s.contains(name) })
	results := make([]result, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() error {
			if ctx.Err() == nil {
				results[i] = s.read(tree, name)
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return Found{}, err
	}
	found := Found{Notes: s.chartNotes()}
	for _, r := range results {
		errs = append(errs, r.err)
		found.add(r)
	}
	found.Notes = append(found.Notes, notes("Kustomization files were left out, overlays are not rendered", results,
		func(r result) bool { return r.overlay })...)
	found.Notes = append(found.Notes, notes("files without a Kubernetes object", results,
		func(r result) bool { return r.empty })...)
	return found, errors.Join(errs...)
}

func (f *Found) add(r result) {
	f.Objects = append(f.Objects, r.objects...)
	if len(r.objects) > 0 {
		f.Files++
	}
}

// result is what one file gave.
type result struct {
	name    string
	objects []*Object
	overlay bool // holds a Kustomization
	empty   bool // was asked for and holds no object
	err     error
}

// scope decides which files are read.
type scope struct {
	globs  []string
	charts []string
}

func (s scope) contains(name string) bool {
	if s.named(name) {
		return true
	}
	return hasExtension(name) && !s.inChart(name) && (len(s.globs) == 0 || workspace.Match(s.globs, name))
}

// named reports whether the file is named without wildcards.
func (s scope) named(name string) bool {
	return slices.ContainsFunc(s.globs, func(glob string) bool { return path.Clean(glob) == name })
}

func hasExtension(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(path.Ext(name)))
}

// refusedErrors blames the paths in scope that are no readable files. A path
// without extension may be a folder of manifests that somebody asked for.
func (s scope) refusedErrors(tree *workspace.Tree, refused []string) []error {
	var errs []error
	for _, name := range refused {
		folder := len(s.globs) > 0 && path.Ext(name) == "" && workspace.Match(s.globs, name)
		if s.contains(name) || folder {
			errs = append(errs, fault(name, tree.Refused(name), ""))
		}
	}
	return errs
}

// unmatched blames the globs that match nothing in the tree.
func (s scope) unmatched(lists ...[]string) []error {
	var errs []error
	for _, glob := range s.globs {
		match := func(name string) bool { return workspace.Match([]string{glob}, name) }
		if !slices.ContainsFunc(slices.Concat(lists...), match) {
			errs = append(errs, &gate.CheckError{
				Err:  fmt.Errorf("policy.manifests: %q matches no file", glob),
				Hint: "correct the pattern or remove it",
			})
		}
	}
	return errs
}

// read reads a file and decides whether its errors count.
func (s scope) read(tree *workspace.Tree, name string) result {
	r := result{name: name}
	data, err := tree.ReadFile(name)
	if err != nil {
		r.err = fault(name, errors.Unwrap(err), "leave it out with paths.exclude if it is no manifest")
		return r
	}
	asked := len(s.globs) > 0
	if !asked && !mightBeManifest(data) {
		r.overlay = isKustomization(name)
		return r
	}
	objects, err := Read(name, data)
	r.objects = slices.DeleteFunc(objects, isOverlay)
	r.overlay = len(objects) > len(r.objects) || isKustomization(name)
	switch {
	case len(objects) == 0 && onlyForeign(err):
		r.empty = asked && !r.overlay
		if s.named(name) && r.empty {
			r.err = errors.Join(err, fault(name, errors.New("no Kubernetes object in this file"), ""))
		}
	case len(objects) > 0 || asked || !onlySyntax(err) || looksLikeManifest(data) || kubectlAccepts(data):
		r.err = err
	}
	return r
}

func fault(name string, err error, hint string) error {
	check := &gate.CheckError{Err: err, Hint: hint}
	check.Location.Path = name
	return check
}

// notes returns a note that lists the files of the results that are meant.
func notes(what string, results []result, meant func(result) bool) []string {
	var names []string
	for _, r := range results {
		if meant(r) {
			names = append(names, r.name)
		}
	}
	return note(what, names)
}

// note returns what was left out in one line, cut after a few names.
func note(what string, names []string) []string {
	const most = 5
	if len(names) == 0 {
		return nil
	}
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return []string{what + ": " + strings.Join(names, ", ") + more}
}
