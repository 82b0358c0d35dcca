package manifest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Found is the manifests of a workspace.
type Found struct {
	Objects []*Object // sorted by path, then in the order of the text
	Files   int       // that hold at least one object
	// Notes say what was left out, and why.
	Notes []string
	Texts
}

// Find reads the manifests of a tree and returns them all; see [Each].
func Find(ctx context.Context, tree *workspace.Tree, globs []string, renderers ...Renderer) (Found, error) {
	var mu sync.Mutex
	var lists [][]*Object
	read, err := Each(ctx, tree, globs, func(objects []*Object) error {
		mu.Lock()
		defer mu.Unlock()
		lists = append(lists, objects)
		return nil
	}, renderers...)
	slices.SortFunc(lists, func(a, b []*Object) int { return cmp.Compare(a[0].Path, b[0].Path) })
	return Found{Objects: slices.Concat(lists...), Files: read.Files, Notes: read.Notes, Texts: read.Texts}, err
}

// result is what one file gave.
type result struct {
	name    string
	objects int
	overlay bool // holds a Kustomization
	empty   bool // was asked for and holds no object
	err     error
}

// scope decides which files are read.
type scope struct {
	globs  []string
	charts []string
	word   string // "": any
}

func (s scope) contains(name string) bool {
	if s.named(name) {
		return true
	}
	return hasExtension(name) && !s.inChart(name) && (len(s.globs) == 0 || workspace.Match(s.globs, name))
}

// wants reports whether a file was asked for, whatever its name.
func (s scope) wants(name string) bool { return Wants(s.globs, name) }

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
func (s scope) read(tree *workspace.Tree, name string) ([]*Object, result) {
	r := result{name: name}
	data, err := tree.ReadFile(name)
	if err != nil {
		r.err = fault(name, errors.Unwrap(err), "leave it out with paths.exclude if it is no manifest")
		return nil, r
	}
	asked := len(s.globs) > 0
	if s.word != "" && !mayHold(data, s.word) {
		return nil, r
	}
	if !asked && !mightBeManifest(data) {
		r.overlay = isKustomization(name)
		return nil, r
	}
	objects, err := Read(name, data)
	all := len(objects)
	objects = slices.DeleteFunc(objects, isOverlay)
	r.objects = len(objects)
	r.overlay = all > r.objects || isKustomization(name)
	switch {
	case all == 0 && onlyForeign(err):
		r.empty = asked && !r.overlay
		if s.named(name) && r.empty {
			r.err = errors.Join(err, fault(name, errors.New("no Kubernetes object in this file"), ""))
		}
	case all > 0 || asked || !onlySyntax(err) || looksLikeManifest(data) || kubectlAccepts(data):
		r.err = err
	}
	return objects, r
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
	return Note(what, names)
}

// Note returns what was left out in one line, cut after a few names.
func Note(what string, names []string) []string {
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
