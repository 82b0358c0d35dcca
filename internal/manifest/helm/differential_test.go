package helm

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// TestSameAsHelm renders the charts that the modules in the module cache ship
// (Gatekeeper's, Trivy's, the ones of Helm's own tests) and the example chart as
// Helm does, and holds that what is checked is that, byte for byte, and that
// nearly every line is led back to a template.
func TestSameAsHelm(t *testing.T) {
	dirs := charts(t)
	if len(dirs) < 2 {
		t.Skip("no charts in the module cache")
	}
	same, lines, placed := 0, 0, 0
	for _, dir := range dirs {
		want, ok := upstream(dir)
		if !ok {
			continue
		}
		tree := open(t, dir)
		files, err := tree.Files(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c := &chart{dir: ".", tree: tree, files: files, all: files}
		if err := c.prepare(t.Context()); err != nil {
			t.Logf("%s: left out: %v", dir, err) // a dependency that is not vendored
			continue
		}
		r := &rendering{chart: c, variant: variant{file: "values.yaml"}, limits: standard, variants: 1}
		texts, err := r.render(t.Context())
		if err != nil && strings.Contains(failures(err), "the values break") {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		same++
		var got []string
		for _, text := range texts {
			got = append(got, string(text.Data))
			for i := range strings.Count(string(text.Data), "\n") {
				lines++
				if text.Trace(gate.Range{Line: i + 1, Column: 1}).Precision != gate.Fallback {
					placed++
				}
			}
		}
		slices.Sort(got)
		if want := slices.Sorted(maps.Values(want)); !slices.Equal(got, want) {
			t.Errorf("%s: rendered differently:\n%q\nwant\n%q", dir, got, want)
		}
	}
	t.Logf("%d of %d charts compared, %d of %d lines led back to templates", same, len(dirs), placed, lines)
	if same < len(dirs)/4 || placed < lines*9/10 {
		t.Errorf("%d of %d charts, %d of %d lines", same, len(dirs), placed, lines)
	}
}

// charts returns the folders of charts at hand.
func charts(t *testing.T) []string {
	t.Helper()
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Skip("no go tool")
	}
	dirs := []string{storefront + "/charts/shop"}
	for _, module := range []string{"helm.sh/helm/v4@*", "github.com/open-policy-agent/gatekeeper/v3@*", "github.com/aquasecurity/trivy@*"} {
		roots, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(cache)), module))
		if err != nil {
			t.Fatal(err)
		}
		for _, root := range roots {
			err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
				if err == nil && d.Name() == "Chart.yaml" {
					if _, err := os.Stat(filepath.Join(filepath.Dir(name), "templates")); err == nil {
						dirs = append(dirs, filepath.Dir(name))
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return dirs
}

// upstream renders a chart from the disk as Helm does. It reports false for one
// that Helm does not render either, or whose templates ask for the time.
func upstream(dir string) (map[string]string, bool) {
	c, err := loader.LoadDir(dir)
	if err != nil || c.Metadata.Type == "library" {
		return nil, false
	}
	values := map[string]any{}
	if err := chartutil.ProcessDependencies(c, values); err != nil {
		return nil, false
	}
	release := common.ReleaseOptions{Name: c.Name(), Namespace: c.Name(), Revision: 1, IsInstall: true}
	top, err := util.ToRenderValuesWithSchemaValidation(c, values, release, common.DefaultCapabilities, true)
	if err != nil {
		return nil, false
	}
	files := map[string]string{}
	out, err := engine.Render(c, top)
	if err != nil {
		return nil, false
	}
	for name, text := range out {
		if filepath.Base(name) != "NOTES.txt" && strings.TrimSpace(text) != "" {
			files[name] = text
		}
	}
	return files, !changing(c)
}

// changing reports whether templates call what differs from one time to another.
func changing(c *v2.Chart) bool {
	for _, t := range c.Templates {
		for _, name := range []string{"now", "rand", "gen", "uuid", "htpasswd"} {
			if strings.Contains(string(t.Data), name) {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.Dependencies(), changing)
}
