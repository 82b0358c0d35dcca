package kustomize

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// failures lists errors as a report has them.
func failures(err error) string {
	var lines []string
	for _, f := range gate.Failures(err) {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"

// TestR25NothingRemote holds that whatever a kustomization names, in whatever
// field, nothing is fetched, cloned or run: there is a git on the PATH that
// leaves a trace, and a server that counts.
func TestR25NothingRemote(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	bin, trace := t.TempDir(), filepath.Join(t.TempDir(), "trace")
	for _, program := range []string{"git", "helm", "docker", "sh", "evil"} {
		if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/bash\necho ran >> "+trace+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	u := server.URL
	for _, tc := range []struct {
		name, text string
		want       string
		more       map[string]string
	}{
		{"resource", "resources:\n- " + u + "/x.yaml\n", "k/kustomization.yaml:2: ", nil},
		{"git", "resources:\n- github.com/acme/repo//base?ref=main\n", "k/kustomization.yaml:2: ", nil},
		{"git by ssh", "resources:\n- git@github.com:acme/repo\n", "k/kustomization.yaml:2: ", nil},
		{"git protocol", "resources:\n- git::" + u + "/repo\n", "k/kustomization.yaml:2: ", nil},
		{"git of the disk", "resources:\n- file:///etc//x\n", "k/kustomization.yaml:2: ", nil},
		{"folder that looks like git", "resources:\n- github.com/acme/repo\n", "k/kustomization.yaml:2: ", map[string]string{
			"k/github.com/acme/repo/kustomization.yaml": "resources: [x.yaml]\n", "k/github.com/acme/repo/x.yaml": configMap}},
		{"base", "bases: [" + u + "]\n", "k/kustomization.yaml:1: ", nil},
		{"component", "components: [" + u + "]\n", "k/kustomization.yaml:1: ", nil},
		{"patch", "patches:\n- path: " + u + "/p.yaml\n", "k/kustomization.yaml:2: ", nil},
		{"strategic merge", "patchesStrategicMerge: [" + u + "/p.yaml]\n", "k/kustomization.yaml:1: ", nil},
		{"JSON patch", "patchesJson6902: [{path: " + u + "/p.yaml, target: {kind: A, name: b, version: v1}}]\n", "k/kustomization.yaml:1: ", nil},
		{"replacement", "replacements: [{path: " + u + "/p.yaml}]\n", "k/kustomization.yaml:1: ", nil},
		{"CRD", "crds: [" + u + "/p.yaml]\n", "k/kustomization.yaml:1: ", nil},
		{"configuration", "configurations: [" + u + "/p.yaml]\n", "k/kustomization.yaml:1: ", nil},
		{"OpenAPI", "openapi: {path: " + u + "/p.yaml}\n", "k/kustomization.yaml:1: ", nil},
		{"config map", "configMapGenerator: [{name: a, files: [b=" + u + "/p]}]\n", "k/kustomization.yaml:1: ", nil},
		{"config map of variables", "configMapGenerator: [{name: a, envs: [" + u + "/p]}]\n", "k/kustomization.yaml:1: ", nil},
		{"secret", "secretGenerator: [{name: a, files: [" + u + "/p]}]\n", "k/kustomization.yaml:1: ", nil},
		{"generator", "generators: [" + u + "/g]\n", "k/kustomization.yaml:1: ", nil},
		{"generator file", "generators: [g.yaml]\n", "k/g.yaml:6: ", map[string]string{
			"k/g.yaml": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\nname: a\nfiles:\n- b=" + u + "/p\n"}},
		{"generator folder", "generators: [g]\n", "k/kustomization.yaml:1: ", map[string]string{"k/g/kustomization.yaml": "resources: [g.yaml]\n",
			"k/g/g.yaml": "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\nname: a\nfiles:\n- b=" + u + "/p\n"}},
		{"transformer folder", "transformers:\n- t\nresources: [x.yaml]\n", "k/kustomization.yaml:2: ", map[string]string{
			"k/x.yaml": configMap, "k/t/kustomization.yaml": "resources: [t.yaml]\nnameSuffix: x\n",
			"k/t/t.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\npath: " + u + "/p\n"}},
		{"generator inline", "generators:\n- |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: a}\n  name: a\n  files: [b=" + u + "/p]\n", "k/kustomization.yaml:", nil},
		{"transformer file", "transformers: [g.yaml]\nresources: [x.yaml]\n", "k/g.yaml:4: ", map[string]string{
			"k/g.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\npath: " + u + "/p\n", "k/x.yaml": configMap}},
		{"program", "generators: [g.yaml]\n", "k/", map[string]string{
			"k/g.yaml": "apiVersion: x/v1\nkind: Evil\nmetadata:\n  name: a\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./evil}\n"}},
		{"container", "transformers: [g.yaml]\nresources: [x.yaml]\n", "k/", map[string]string{"k/x.yaml": configMap,
			"k/g.yaml": "apiVersion: x/v1\nkind: Evil\nmetadata:\n  name: a\n  annotations:\n    config.kubernetes.io/function: |\n      container: {image: evil}\n"}},
		{"old plugin", "generators: [g.yaml]\n", "k/", map[string]string{"k/g.yaml": "apiVersion: someteam.example.com/v1\nkind: SedTransformer\nmetadata: {name: a}\n"}},
		{"helm", "helmCharts:\n- {name: redis, repo: " + u + "}\n", "k/kustomization.yaml:1: helmCharts is not supported", nil},
		{"helm generator", "generators: [g.yaml]\n", "k/", map[string]string{
			"k/g.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\nname: redis\n"}},
		{"alias", "x-u: &u " + u + "/x.yaml\nresources:\n- *u\n", "k/kustomization.yaml:", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := map[string]string{"k/kustomization.yaml": tc.text}
			for name, text := range tc.more {
				files[name] = text
			}
			out, err := New()(t.Context(), write(t, files), nil)
			if got := failures(err); !strings.HasPrefix(got, tc.want) || len(out.Texts) > 0 && out.Texts[0].File == "k/kustomization.yaml" {
				t.Errorf("the error is %q, want %q", got, tc.want)
			}
		})
	}
	if asked > 0 {
		t.Errorf("the network was asked %d times", asked)
	}
	if data, err := os.ReadFile(trace); err == nil {
		t.Errorf("a program ran: %s", data)
	}
}

// TestR25NothingOutside holds that files outside of the workspace are not read,
// and that nothing is written.
func TestR25NothingOutside(t *testing.T) {
	outside := t.TempDir()
	for name, text := range map[string]string{"kustomization.yaml": "resources: [x.yaml]\n", "x.yaml": configMap + "data: {a: canary}\n"} {
		if err := os.WriteFile(filepath.Join(outside, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rel := strings.Repeat("../", 20) + strings.TrimPrefix(outside, "/")
	for _, tc := range []struct{ name, text, link, want string }{
		{"base", "resources: [" + rel + "]\n", "", "is outside of the workspace"},
		{"absolute base", "resources: [" + outside + "]\n", "", "is outside of the workspace"},
		{"above the root", "resources: [../../workspace/k]\n", "", "is outside of the workspace"},
		{"file", "configMapGenerator: [{name: a, files: [" + rel + "/x.yaml]}]\n", "", "is outside of the workspace"},
		{"link to a file", "resources: [link.yaml]\n", "link.yaml:x.yaml", `"link.yaml": path escapes from parent`},
		{"link to a folder", "resources: [link]\n", "link:.", `"link": path escapes from parent`},
		{"file of another kustomization", "configMapGenerator: [{name: a, files: [../other/f]}]\n", "", "security; file"},
		{"missing", "resources:\n- a.yaml\n", "", `k/kustomization.yaml:2: "a.yaml" is no file or folder of the workspace`},
		{"folder without one", "resources: [../other]\n", "", `k/kustomization.yaml:1: "../other" is a folder without a kustomization`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tree := write(t, map[string]string{"k/kustomization.yaml": tc.text, "other/f": "x"})
			if name, target, found := strings.Cut(tc.link, ":"); found {
				if err := os.Symlink(filepath.Join(outside, target), filepath.Join(tree.Dir(), "k", name)); err != nil {
					t.Fatal(err)
				}
			}
			out, err := New()(t.Context(), tree, nil)
			if got := failures(err); !strings.Contains(got, tc.want) || !strings.HasPrefix(got, "k/kustomization.yaml") || len(out.Texts) > 0 {
				t.Errorf("the error is %q, want %q", got, tc.want)
			}
		})
	}
}

// TestR25Bombs holds that kustomizations which build on each other, or on one
// another many times, and aliases that stand for too much, come to an end.
func TestR25Bombs(t *testing.T) {
	doubling := map[string]string{"l0/kustomization.yaml": "resources: [x.yaml]\n", "l0/x.yaml": configMap}
	for i := 1; i <= 24; i++ {
		doubling[fmt.Sprintf("l%d/kustomization.yaml", i)] = fmt.Sprintf("resources: [../a%d, ../b%d]\n", i, i)
		doubling[fmt.Sprintf("a%d/kustomization.yaml", i)] = fmt.Sprintf("namePrefix: a\nresources: [../l%d]\n", i-1)
		doubling[fmt.Sprintf("b%d/kustomization.yaml", i)] = fmt.Sprintf("namePrefix: b\nresources: [../l%d]\n", i-1)
	}
	aliases := "a0: &a0 x\n"
	for i := 1; i <= 30; i++ {
		aliases += fmt.Sprintf("a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"each other", map[string]string{"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}, "cycle detected"},
		{"itself", map[string]string{"a/kustomization.yaml": "resources: [.]\n"}, "cycle detected"},
		{"doubling", doubling, "reads more than the limit of 300 files"},
		{"aliases", map[string]string{"a/kustomization.yaml": "resources: [x.yaml]\n", "a/x.yaml": configMap + aliases}, "counting what aliases stand for"},
		{"aliases in the kustomization", map[string]string{"a/kustomization.yaml": aliases}, "counting what aliases stand for"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			files := write(t, tc.files)
			saved := limits{files: 300, bytes: standard.bytes}
			out, err := renderWithin(t.Context(), files, saved)
			if got := failures(err); !strings.Contains(got, tc.want) || len(out.Texts) > 0 {
				t.Errorf("the error is %q, want %q", got, tc.want)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestR25Cancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gate.Interrupt(130))
	tree := write(t, map[string]string{"a/kustomization.yaml": "resources: [x.yaml]\n", "a/x.yaml": configMap})
	if _, err := New()(ctx, tree, nil); err == nil {
		t.Error("there is no error")
	}
}

// TestWhichAreRendered holds that no object is left unchecked and none is checked
// as it never gets to a cluster: patches, bases and components on their own are
// not, and what no kustomization names is read as it is.
func TestWhichAreRendered(t *testing.T) {
	patch := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata: {patched: here}\n"
	tree := write(t, map[string]string{
		"base/kustomization.yaml":   "resources: [x.yaml]\n",
		"base/x.yaml":               configMap,
		"base/README.md":            "",
		"overlay/kustomization.yml": "resources: [../base]\nnamePrefix: o-\npatches: [{path: patch.yaml}]\ncomponents: [../used]\n",
		"overlay/patch.yaml":        patch,
		"used/kustomization.yaml":   "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n",
		"used/p.yaml":               patch,
		"unused/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n",
		"unused/p.yaml":             patch,
		"alone/Kustomization":       "resources: [y.yaml]\n",
		"alone/y.yaml":              strings.ReplaceAll(configMap, "x", "y"),
		"alone/forgotten.yaml":      strings.ReplaceAll(configMap, "x", "forgotten"),
		"plain.yaml":                strings.ReplaceAll(configMap, "x", "plain"),
	})
	names := func(globs ...string) string {
		found, err := manifest.Find(t.Context(), tree, globs, New())
		if err != nil {
			t.Fatal(err)
		}
		if len(globs) == 0 && !strings.Contains(strings.Join(found.Notes, "\n"), "components that no kustomization uses were left out: unused") {
			t.Errorf("the notes are %q", found.Notes)
		}
		var all []string
		for _, o := range found.Objects {
			all = append(all, o.Name)
		}
		return strings.Join(all, " ")
	}
	if got, want := names(), "y forgotten o-x plain"; got != want && got != "y o-x forgotten plain" {
		t.Errorf("the objects are %q, want %q", got, want)
	}
	if got := names("base"); got != "x" {
		t.Errorf("the objects of the base alone are %q, want x", got)
	}
	if got := names("base/x.yaml"); got != "x" {
		t.Errorf("the objects of the file alone are %q, want x", got)
	}
}

func renderWithin(ctx context.Context, tree *workspace.Tree, l limits) (manifest.Rendered, error) {
	j, err := newJob(ctx, tree)
	if err != nil {
		return manifest.Rendered{}, err
	}
	j.limits = l
	return j.render(ctx, nil)
}
