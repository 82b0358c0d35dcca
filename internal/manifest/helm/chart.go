package helm

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A chart is a folder with a Chart.yaml.
type chart struct {
	dir     string
	tree    *workspace.Tree
	files   []string // of the folder and below
	all     []string // of the workspace
	library bool     // makes nothing by itself

	buffers []*archive.BufferedFile
	origin  map[*byte]string // the file that data comes from
	ignored []string
}

// path returns the path in the workspace of a file of the chart.
func (c *chart) path(name string) string { return path.Join(c.dir, name) }

// relative returns the name in the chart of a file of the workspace, "" if it is
// not below its folder.
func (c *chart) relative(name string) string {
	if c.dir == "." {
		return name
	}
	rest, _ := strings.CutPrefix(name, c.dir+"/")
	if rest == name {
		return ""
	}
	return rest
}

// claims reports whether a file has a meaning for Helm only: what describes the
// chart and its vendored dependencies, and their templates.
func (c *chart) claims(name string) bool {
	rest := c.relative(name)
	for strings.HasPrefix(rest, "charts/") {
		_, below, found := strings.Cut(strings.TrimPrefix(rest, "charts/"), "/")
		if !found {
			return true
		}
		rest = below
	}
	return rest == "Chart.yaml" || strings.HasPrefix(rest, "templates/")
}

// templates returns the files that make manifests.
func (c *chart) templates() []string {
	var names []string
	for _, name := range c.files {
		inTemplates := strings.Contains("/"+c.relative(name), "/templates/")
		if c.claims(name) && inTemplates && !strings.HasPrefix(path.Base(name), "_") && path.Base(name) != "NOTES.txt" {
			names = append(names, name)
		}
	}
	return names
}

// prepare reads the files of the chart, once for all its renderings.
func (c *chart) prepare(ctx context.Context) error {
	c.origin = map[*byte]string{}
	if err := c.refused(ctx); err != nil {
		return err
	}
	rules, err := c.ignoreRules()
	if err != nil {
		return c.fault(".helmignore", 0, err, "")
	}
	if err := c.add("", c.dir, c.files, rules); err != nil {
		return err
	}
	loaded, err := c.load()
	if err != nil {
		return c.loadError(err)
	}
	c.library = loaded.Metadata.Type == "library"
	return c.addDependencies(loaded)
}

// refused blames what is below the folder and is no readable file: a link that
// leaves the workspace, for one.
func (c *chart) refused(ctx context.Context) error {
	names, err := c.tree.RefusedPaths(ctx)
	errs := []error{err}
	for _, name := range names {
		if rest := c.relative(name); rest != "" {
			errs = append(errs, c.fault(rest, 0, c.tree.Refused(name), "a chart is rendered from files of the workspace only"))
		}
	}
	return errors.Join(errs...)
}

// add reads the files of a folder as those of the chart below a prefix.
func (c *chart) add(prefix, dir string, files []string, rules *ignore.Rules) error {
	var errs []error
	for _, name := range files {
		rest := name
		if dir != "." {
			rest = strings.TrimPrefix(name, dir+"/")
		}
		if ignores(rules, rest) {
			c.ignored = append(c.ignored, name)
			continue
		}
		data, err := c.tree.ReadFile(name)
		if err == nil && int64(len(data)) > archive.MaxDecompressedFileSize {
			err = fmt.Errorf("larger than the limit of %d MiB for a file of a chart", archive.MaxDecompressedFileSize>>20)
		}
		if err != nil {
			errs = append(errs, c.fault(rest, 0, err, "leave it out of the chart with .helmignore"))
			continue
		}
		data = bytes.TrimPrefix(data, []byte("\ufeff"))
		if len(data) > 0 {
			c.origin[&data[0]] = name
		}
		c.buffers = append(c.buffers, &archive.BufferedFile{Name: prefix + rest, Data: data})
	}
	return errors.Join(errs...)
}

// load makes Helm's chart of the files, a new one each time: to render it
// changes it.
func (c *chart) load() (*v2.Chart, error) {
	buffers := make([]*archive.BufferedFile, len(c.buffers))
	for i, b := range c.buffers {
		buffers[i] = &archive.BufferedFile{Name: b.Name, Data: b.Data}
	}
	loaded, err := loader.LoadFiles(buffers)
	if err != nil {
		return nil, err
	}
	order(loaded)
	return loaded, nil
}

// order sorts the dependencies of a chart, which Helm reads in a random order.
func order(c *v2.Chart) {
	all := slices.Clone(c.Dependencies())
	slices.SortFunc(all, func(a, b *v2.Chart) int {
		return cmp.Or(strings.Compare(a.Name(), b.Name()), strings.Compare(a.Metadata.Version, b.Metadata.Version))
	})
	c.SetDependencies(all...)
	for _, dependency := range all {
		order(dependency)
	}
}

// addDependencies sees to it that every dependency is there: vendored in the
// folder charts, or in the workspace where a file:// repository says.
func (c *chart) addDependencies(loaded *v2.Chart) error {
	var errs []error
	for _, want := range loaded.Metadata.Dependencies {
		if slices.ContainsFunc(loaded.Dependencies(), func(d *v2.Chart) bool { return d.Name() == want.Name }) {
			continue
		}
		at := c.dependencyLine(want.Name)
		local, ok := strings.CutPrefix(want.Repository, "file://")
		if !ok {
			errs = append(errs, c.fault(at.Path, at.Line, fmt.Errorf("the dependency %q is not vendored, and nothing is fetched", want.Name),
				"run helm dependency build and commit the folder charts"))
			continue
		}
		dir := path.Join(c.dir, local)
		if strings.HasPrefix(dir, "../") || path.IsAbs(local) {
			errs = append(errs, c.fault(at.Path, at.Line, fmt.Errorf("the dependency %q at %q is outside of the workspace", want.Name, want.Repository), ""))
			continue
		}
		below := (&job{files: c.all}).below(dir)
		if len(below) == 0 {
			errs = append(errs, c.fault(at.Path, at.Line, fmt.Errorf("the dependency %q: %q is no folder of the workspace", want.Name, dir), ""))
			continue
		}
		errs = append(errs, c.add(path.Join("charts", want.Name)+"/", dir, below, nil))
	}
	return errors.Join(errs...)
}

// dependencyLine returns where a dependency is declared, or else the chart.
func (c *chart) dependencyLine(name string) gate.Location {
	for _, file := range []string{"Chart.yaml", "requirements.yaml"} {
		data, err := c.tree.ReadFile(c.path(file))
		if err != nil {
			continue
		}
		var root struct {
			Dependencies []struct{ Name, Alias yaml.Node } `yaml:"dependencies"`
		}
		_ = yaml.Unmarshal(data, &root) // Helm read it
		for _, d := range root.Dependencies {
			if d.Name.Value == name || d.Alias.Value == name {
				return gate.Location{Path: file, Range: gate.Range{Line: d.Name.Line}}
			}
		}
	}
	return gate.Location{Path: "Chart.yaml", Range: gate.Range{Line: 1}}
}

func (c *chart) ignoreRules() (*ignore.Rules, error) {
	rules := ignore.Empty()
	if name := c.path(ignore.HelmIgnore); slices.Contains(c.files, name) {
		data, err := c.tree.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return nil, err
		}
	}
	rules.AddDefaults()
	return rules, nil
}

// ignores reports whether rules leave a file out, or a folder that it is in.
func ignores(rules *ignore.Rules, name string) bool {
	if rules == nil {
		return false
	}
	for i, r := range name {
		if r == '/' && rules.Ignore(name[:i], entry{name: name[:i], dir: true}) {
			return true
		}
	}
	return rules.Ignore(name, entry{name: name})
}

// An entry is what the rules ask about a file.
type entry struct {
	name string
	dir  bool
}

func (e entry) Name() string       { return path.Base(e.name) }
func (e entry) Size() int64        { return 0 }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool        { return e.dir }
func (e entry) Sys() any           { return nil }
func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir
	}
	return 0
}

// fault blames a line of a file of the chart, 0 for none.
func (c *chart) fault(file string, line int, err error, hint string) error {
	check := &gate.CheckError{Err: err, Hint: cmp.Or(hint, "leave the chart out with paths.exclude if it is none")}
	check.Location.Path, check.Location.Line = c.path(file), line
	return check
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// loadError gives an error of Helm's loader its file and line.
func (c *chart) loadError(err error) error {
	file, message := "Chart.yaml", err.Error()
	dir := ""
	for _, m := range regexp.MustCompile(`error unpacking subchart (\S+) in `).FindAllStringSubmatch(message, -1) {
		dir = path.Join(dir, "charts", m[1])
	}
	for _, name := range []string{"values.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"} {
		if strings.Contains(message, "cannot load "+name) {
			file = name
		}
	}
	if slices.Contains(c.files, c.path(path.Join(dir, file))) {
		file = path.Join(dir, file)
	} else if slices.Contains(c.files, c.path(dir)) {
		file = dir // an archive
	}
	line := 0
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	return c.fault(file, line, fmt.Errorf("reading the chart: %w", err), "")
}
