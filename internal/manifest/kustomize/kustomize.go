// Package kustomize renders the kustomizations of a workspace with Kustomize's
// own engine, from nothing but the files of the workspace: what is remote, what
// is outside, and what would run a program is an error. It is the only package
// that imports Kustomize.
//
// Every kustomization that no other one builds on is rendered. Components and
// bases are judged as the overlays use them.
package kustomize

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// New returns the renderer of kustomizations.
func New() manifest.Renderer {
	return func(ctx context.Context, tree *workspace.Tree, globs []string) (manifest.Rendered, error) {
		j, err := newJob(ctx, tree)
		if err != nil {
			return manifest.Rendered{}, err
		}
		return j.render(ctx, globs)
	}
}

// fileNames are the names that a kustomization may have.
var fileNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// A job is the rendering of all kustomizations of a tree.
type job struct {
	tree        *workspace.Tree
	files, dirs map[string]bool
	found       []string // folders with a kustomization, sorted
	plans       map[string]*plan
	limits      limits

	mu     sync.Mutex
	parsed map[string][]*yaml.Node // documents by file
}

func newJob(ctx context.Context, tree *workspace.Tree) (*job, error) {
	files, err := tree.Files(ctx)
	if err != nil {
		return nil, err
	}
	j := &job{tree: tree, files: map[string]bool{}, dirs: map[string]bool{}, plans: map[string]*plan{}, limits: standard, parsed: map[string][]*yaml.Node{}}
	for _, name := range files {
		j.files[name] = true
		for dir := path.Dir(name); !j.dirs[dir]; dir = path.Dir(dir) {
			j.dirs[dir] = true
		}
		if slices.Contains(fileNames, path.Base(name)) {
			j.found = append(j.found, path.Dir(name))
		}
	}
	return j, nil
}

func (j *job) render(ctx context.Context, globs []string) (manifest.Rendered, error) {
	j.found = slices.Compact(j.found)
	for _, dir := range j.found {
		j.plan(dir)
	}
	roots, unused := j.roots(globs)
	var out manifest.Rendered
	var errs []error
	covered := map[string]bool{}
	for _, root := range roots {
		if ctx.Err() != nil {
			return manifest.Rendered{}, context.Cause(ctx)
		}
		all := root.all()
		for _, p := range all {
			errs = append(errs, p.errs...)
			for name := range p.claims {
				covered[name] = true
			}
		}
		if slices.ContainsFunc(all, func(p *plan) bool { return len(p.errs) > 0 }) {
			continue
		}
		text, err := j.build(ctx, root)
		errs = append(errs, err)
		if err == nil {
			text.Variants = func(file string) int { return users(roots, file) }
			out.Texts = append(out.Texts, text)
		}
	}
	for _, p := range j.plans {
		for name := range p.claims {
			covered[name] = covered[name] || p.claims[name] == partial
		}
	}
	if len(out.Texts) > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("kustomizations that were rendered: %d", len(out.Texts)))
	}
	out.Notes = append(out.Notes, manifest.Note("components that no kustomization uses were left out", unused)...)
	out.Claimed = func(name string) bool { return covered[name] || slices.Contains(fileNames, path.Base(name)) }
	return out, errors.Join(distinct(errs)...)
}

// roots returns the kustomizations to render: those that are asked for and on
// which no other one builds that is asked for. Unused are the components that
// none of these leads to.
func (j *job) roots(globs []string) (roots []*plan, unused []string) {
	wanted := func(p *plan) bool { return manifest.Wants(globs, p.file) }
	used := map[*plan]bool{}
	for _, dir := range j.found {
		if p := j.plans[dir]; wanted(p) {
			for _, below := range p.all()[:len(p.all())-1] {
				used[below] = used[below] || below != p
			}
		}
	}
	reached := map[*plan]bool{}
	add := func(p *plan) {
		roots = append(roots, p)
		for _, below := range p.all() {
			reached[below] = true
		}
	}
	for _, dir := range j.found {
		if p := j.plans[dir]; wanted(p) && !used[p] && !p.component {
			add(p)
		}
	}
	for _, dir := range j.found {
		switch p := j.plans[dir]; {
		case !wanted(p) || reached[p]:
		case p.component:
			unused = append(unused, dir)
		default:
			add(p) // they build on each other: the engine says so
		}
	}
	return roots, unused
}

// users counts the kustomizations that are made with a file.
func users(roots []*plan, file string) int {
	n := 0
	for _, root := range roots {
		if slices.ContainsFunc(root.all(), func(p *plan) bool { return p.file == file || p.claims[file] != 0 }) {
			n++
		}
	}
	return n
}

// distinct drops what is said twice: a base of two overlays has its errors once.
func distinct(errs []error) []error {
	seen := map[string]bool{}
	return slices.DeleteFunc(errs, func(err error) bool {
		if err == nil || seen[err.Error()] {
			return true
		}
		seen[err.Error()] = true
		return false
	})
}

// fault blames a line of a file.
func fault(file string, line int, err error, hint string) error {
	check := &gate.CheckError{Err: err, Hint: hint}
	check.Location.Path, check.Location.Line = file, line
	return check
}

// inside resolves a path relative to a folder of the workspace.
func inside(dir, name string) (string, bool) {
	if path.IsAbs(name) {
		return "", false
	}
	name = path.Join(dir, name)
	return name, name != ".." && !strings.HasPrefix(name, "../")
}
