package helm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// A rendering is a chart with one set of values.
type rendering struct {
	chart    *chart
	variant  variant
	limits   limits
	variants int // sets of values of the chart

	files map[string]templateFile // by the name that Helm's engine gives them
	marks *marks
}

// A templateFile is a template of a chart as Helm's engine sees it.
type templateFile struct {
	path  string        // in the workspace; of the archive if it is in one
	text  string        // as it was written
	place gate.Location // of an archive: what stands for it; else the zero value
}

// render renders the chart: first bounded, which gives the text, and once more
// with marks.
func (r *rendering) render(ctx context.Context) ([]manifest.Text, error) {
	ctx, stop := r.limits.watch(ctx)
	defer stop()
	loaded, values, err := r.load()
	if err != nil {
		return nil, r.told(err)
	}
	r.files = map[string]templateFile{}
	r.collect(loaded, gate.Location{})
	var texts []string
	for _, t := range r.files {
		if strings.Contains(t.text, reserved) {
			return nil, r.chart.fault(r.chart.relative(t.path), 0, fmt.Errorf("names that begin with %q are reserved", reserved), "rename it")
		}
		texts = append(texts, t.text)
	}
	r.marks = newMarks(texts...)
	real, err := r.execute(ctx, loaded, values, func(name, text string) string { return instrument(name, text, nil) }, nil)
	if err != nil {
		return nil, r.told(r.located(ctx, err))
	}
	if size := total(real); size > r.limits.output {
		return nil, r.told(r.chart.fault("Chart.yaml", 1, fmt.Errorf("renders to more than the limit of %d MiB", r.limits.output>>20), ""))
	}
	marked := map[string]string{}
	if r.marks != nil {
		if loaded, values, err = r.load(); err == nil {
			// Without this rendering there are only the files to point at.
			marked, _ = r.execute(ctx, loaded, values, func(name, text string) string { return instrument(name, text, r.marks) }, r.marks)
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return append(r.texts(real, marked), r.definitions(loaded)...), nil
}

func total(texts map[string]string) int {
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	return size
}

// load returns the chart as its values change it, and what its templates get.
func (r *rendering) load() (*v2.Chart, common.Values, error) {
	loaded, err := r.chart.load()
	if err != nil {
		return nil, nil, r.chart.loadError(err)
	}
	values, err := r.chart.values(r.variant)
	if err != nil {
		return nil, nil, err
	}
	if err := chartutil.ProcessDependencies(loaded, values); err != nil {
		return nil, nil, r.chart.fault("Chart.yaml", 1, err, "")
	}
	release := common.ReleaseOptions{Name: loaded.Name(), Namespace: loaded.Name(), Revision: 1, IsInstall: true}
	top, err := util.ToRenderValuesWithSchemaValidation(loaded, values, release, common.DefaultCapabilities, true)
	if err != nil {
		return nil, nil, r.chart.fault("values.yaml", 1, err, "")
	}
	if all, ok := top["Values"].(common.Values); ok {
		err = r.chart.validate(loaded, all, r.variant)
	}
	return loaded, top, err
}

// collect lists the templates of a chart and its dependencies. Place stands for
// what is in an archive.
func (r *rendering) collect(c *v2.Chart, place gate.Location) {
	for _, t := range c.Templates {
		file, known := r.chart.origin[first(t.Data)]
		if !known {
			file = r.archive(c) + ":" + t.Name
		}
		r.files[path.Join(c.ChartFullPath(), t.Name)] = templateFile{path: file, text: string(t.Data), place: place}
	}
	for _, d := range c.Dependencies() {
		below := place
		if below.Path == "" && len(d.Raw) > 0 && r.chart.origin[first(d.Raw[0].Data)] == "" {
			below = r.chart.dependencyLine(d.Name())
			below.Path, below.Precision = r.chart.path(below.Path), gate.Fallback
		}
		r.collect(d, below)
	}
}

// archive returns the archive that a dependency was read from.
func (r *rendering) archive(c *v2.Chart) string {
	for ; c != nil; c = c.Parent() {
		for _, name := range r.chart.files {
			if strings.HasPrefix(path.Base(name), c.Name()+"-") && path.Ext(name) == ".tgz" {
				return name
			}
		}
	}
	return r.chart.path("Chart.yaml")
}

// execute runs Helm's engine over the templates as edit changes them.
func (r *rendering) execute(ctx context.Context, loaded *v2.Chart, values common.Values, edit func(name, text string) string, m *marks) (map[string]string, error) {
	rewrite(loaded, edit)
	e := engine.Engine{CustomTemplateFuncs: functions(ctx, r.limits, m)}
	return run(ctx, func() (map[string]string, error) { return e.Render(loaded, values) })
}

func rewrite(c *v2.Chart, edit func(name, text string) string) {
	c.Templates = slices.Clone(c.Templates)
	for i, t := range c.Templates {
		name := path.Join(c.ChartFullPath(), t.Name)
		c.Templates[i] = &common.File{Name: t.Name, Data: []byte(edit(name, string(t.Data)))}
	}
	for _, d := range c.Dependencies() {
		rewrite(d, edit)
	}
}

// told says with which values an error came, where there are several.
func (r *rendering) told(err error) error {
	var check *gate.CheckError
	if r.variants > 1 && errors.As(err, &check) {
		check.Err = fmt.Errorf("with %s: %w", r.variant.name, check.Err)
	}
	return err
}

// texts makes manifests of what the templates rendered to.
func (r *rendering) texts(real, marked map[string]string) []manifest.Text {
	var all []manifest.Text
	for _, name := range slices.Sorted(maps.Keys(real)) {
		if path.Base(name) == "NOTES.txt" || strings.TrimSpace(real[name]) == "" {
			continue
		}
		t := r.files[name]
		text := manifest.Text{File: t.path, Path: t.path + " (rendered)", Data: []byte(real[name])}
		if r.variants > 1 {
			text.Variant, text.Variants = r.variant.name, func(string) int { return r.variants }
			text.Path = fmt.Sprintf("%s (rendered with %s)", t.path, r.variant.name)
		}
		tracer := &tracer{rendering: r, name: name, real: real[name], marked: marked[name]}
		text.Trace = tracer.trace
		all = append(all, text)
	}
	return all
}

// definitions returns the custom resource definitions of archives: those of
// folders are read as files.
func (r *rendering) definitions(c *v2.Chart) []manifest.Text {
	var all []manifest.Text
	for _, crd := range c.CRDObjects() {
		if r.chart.origin[first(crd.File.Data)] != "" {
			continue
		}
		at := r.chart.dependencyLine(c.Name())
		at.Path, at.Precision = r.chart.path(at.Path), gate.Fallback
		all = append(all, manifest.Text{
			File: at.Path, Path: fmt.Sprintf("%s (%s, %s)", at.Path, crd.Filename, r.variant.name), Data: crd.File.Data,
			Trace: func(gate.Range) gate.Location { return at },
		})
	}
	return all
}
