// Package helm renders the charts of a workspace with Helm's own engine, as
// `helm template` does with nothing but the files at hand: no cluster, no
// network, no environment, no clock, no chance. It is the only package that
// imports Helm.
//
// A chart is rendered twice. What comes out of the first rendering is what is
// checked; the second one has marks in it that tell which line of which template
// made each of its lines. See [manifest.Text].
package helm

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// New returns the renderer of charts. Values names, for folders of charts, more
// files of values, each relative to the chart or else to the workspace. A chart
// is rendered once for each of these and for each ci/*-values.yaml that it has,
// or, if there are none, with its own values alone.
func New(values map[string][]string) manifest.Renderer {
	return func(ctx context.Context, tree *workspace.Tree, globs []string) (manifest.Rendered, error) {
		files, err := tree.Files(ctx)
		if err != nil {
			return manifest.Rendered{}, err
		}
		j := &job{tree: tree, files: files, values: values, limits: standard}
		return j.render(ctx, globs)
	}
}

// A job is the rendering of all charts of a tree.
type job struct {
	tree   *workspace.Tree
	files  []string // sorted
	values map[string][]string
	limits limits

	out     manifest.Rendered
	charts  int
	renders int
	silent  []string // templates that made nothing
}

func (j *job) render(ctx context.Context, globs []string) (manifest.Rendered, error) {
	dirs := j.discover()
	errs := j.unknown(dirs)
	for _, dir := range dirs {
		if ctx.Err() != nil {
			return manifest.Rendered{}, context.Cause(ctx)
		}
		c := &chart{dir: dir, tree: j.tree, files: j.below(dir), all: j.files}
		if slices.ContainsFunc(c.files, func(name string) bool { return c.claims(name) && manifest.Wants(globs, name) }) {
			errs = append(errs, j.chart(ctx, c))
		}
	}
	if j.charts > 0 {
		j.out.Notes = append(j.out.Notes, fmt.Sprintf("Helm charts that were rendered: %d, with sets of values: %d", j.charts, j.renders))
	}
	slices.Sort(j.silent)
	j.out.Notes = append(j.out.Notes, manifest.Note("templates that made no object with any of the values", slices.Compact(j.silent))...)
	j.out.Claimed = func(name string) bool {
		return slices.ContainsFunc(dirs, func(dir string) bool { return (&chart{dir: dir}).claims(name) })
	}
	return j.out, errors.Join(errs...)
}

// discover returns the folders of charts that are not part of another one.
func (j *job) discover() []string {
	var dirs []string
	for _, name := range j.files {
		if path.Base(name) != "Chart.yaml" {
			continue
		}
		dir := path.Dir(name)
		parts := slices.ContainsFunc(j.files, func(file string) bool {
			return strings.HasPrefix(file, path.Join(dir, "templates")+"/") || strings.HasPrefix(file, path.Join(dir, "charts")+"/")
		})
		if parts {
			dirs = append(dirs, dir)
		}
	}
	return slices.DeleteFunc(dirs, func(dir string) bool {
		return slices.ContainsFunc(dirs, func(other string) bool { return strings.HasPrefix(dir, path.Join(other, "charts")+"/") })
	})
}

// below returns the files of a folder.
func (j *job) below(dir string) []string {
	if dir == "." {
		return j.files
	}
	i, _ := slices.BinarySearch(j.files, dir+"/")
	end := i
	for end < len(j.files) && strings.HasPrefix(j.files[end], dir+"/") {
		end++
	}
	return j.files[i:end]
}

// unknown blames the configuration for folders that hold no chart.
func (j *job) unknown(dirs []string) []error {
	var errs []error
	for dir := range j.values {
		if !slices.Contains(dirs, path.Clean(dir)) {
			errs = append(errs, &gate.CheckError{
				Err:  fmt.Errorf("policy.helm.values: %q is no folder of a chart", dir),
				Hint: "name the folder of a Chart.yaml",
			})
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

// chart renders one chart with each of its sets of values.
func (j *job) chart(ctx context.Context, c *chart) error {
	if err := c.prepare(ctx); err != nil || c.library {
		return err
	}
	variants, err := c.variants(j.values)
	errs := []error{err}
	made := map[string]bool{}
	for _, v := range variants {
		r := &rendering{chart: c, variant: v, limits: j.limits, variants: len(variants)}
		texts, err := r.render(ctx)
		errs = append(errs, err)
		if err == nil {
			j.renders++
		}
		for _, text := range texts {
			made[text.File] = made[text.File] || len(strings.TrimSpace(string(text.Data))) > 0
		}
		j.out.Texts = append(j.out.Texts, texts...)
	}
	if len(made) > 0 || errors.Join(errs...) == nil {
		j.charts++
	}
	if errors.Join(errs...) == nil {
		for _, name := range c.templates() {
			if !made[name] && !strings.HasPrefix(path.Base(name), ".") {
				j.silent = append(j.silent, name)
			}
		}
	}
	return errors.Join(errs...)
}
