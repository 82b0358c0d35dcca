package manifest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

func open(t *testing.T, files map[string]string) *workspace.Tree {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return reopen(t, dir)
}

func reopen(t *testing.T, dir string) *workspace.Tree {
	t.Helper()
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

// report is what Find gives, one line for each object, error and note.
func report(found Found, err error) string {
	var lines []string
	for _, o := range found.Objects {
		lines = append(lines, o.Path+" "+o.String())
	}
	for _, f := range gate.Failures(err) {
		lines = append(lines, "error "+f.String())
	}
	return strings.Join(append(lines, found.Notes...), "\n")
}

func TestR15Find(t *testing.T) {
	base := map[string]string{
		"deploy/a.yaml":                podA,
		"deploy/b.json":                jsnB,
		"deploy/README.md":             podA,
		"deploy/values.yaml":           "replicas: 1\n",
		".github/workflows/ci.yml":     "on: push\njobs: {}\n",
		"compose.yaml":                 "services:\n  web: &w {image: x}\n  api: {<<: *w}\n",
		"package.json":                 `{"name": "x", "version": "\u0031"}`,
		"portcullis.yaml":              "version: 1\n",
		"broken.yaml":                  "a: [\n",
		"chart/Chart.yaml":             "apiVersion: v2\nname: x\n",
		"chart/templates/web.yaml":     "apiVersion: v1\nkind: Pod\n{{ if .Values.x }}\n",
		"chart/values.yaml":            "kind: x\napiVersion: y\n{{\n",
		"overlay/kustomization.yaml":   "resources: [../deploy]\n",
		"overlay2/kustomization.yml":   "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
		"hidden.yml":                   "\"\\x61piVersion\": v1\n\"\\x6bind\": Pod\nmetadata: {name: hidden}\n",
		"binary.yml":                   "!!binary YXBpVmVyc2lvbg==: v1\n!!binary a2luZA==: Pod\n",
		"templated/not-a-chart.yaml":   "apiVersion: v1\nkind: Pod\nmetadata: {{ .x }}\n",
		"swagger.json":                 `{"definitions": {"apiVersion": {"kind": 1}}}`,
		"merged.yaml":                  "x: &x\n  {apiVersion: v1, kind: Pod}\n<<: *x\n",
		"twice.yml":                    "---\n  {apiVersion: v1, kind: ConfigMap, kind: Pod}\n",
		"mixed.yaml":                   podA + "---\na: 1\n",
		"utf16.yaml":                   "a\x00p\x00i\x00V\x00e\x00r\x00s\x00i\x00o\x00n\x00:\x00\n\x00k\x00i\x00n\x00d\x00:\x00",
		"vendor/deep/folder/crds.yaml": podB,
	}
	for name, tc := range map[string]struct {
		globs []string
		want  string
	}{
		"zero configuration": {nil, `deploy/a.yaml Pod/a
deploy/b.json Pod/b
hidden.yml Pod/hidden
merged.yaml Pod/
mixed.yaml Pod/a
vendor/deep/folder/crds.yaml Pod/b
error binary.yml:1:1: unclear structure
error chart/values.yaml:3: reading YAML: could not find expected ':'
error mixed.yaml:5:1: an object without apiVersion
error templated/not-a-chart.yaml:3:12: a key that is not a scalar
error twice.yml:2:37: the key "kind" is there twice
error utf16.yaml:1:2: a NUL character
Helm charts were left out, their templates are not rendered: chart
Kustomization files were left out, overlays are not rendered: overlay/kustomization.yaml, overlay2/kustomization.yml`},
		"folder": {[]string{"deploy"}, `deploy/a.yaml Pod/a
deploy/b.json Pod/b
Helm charts were left out
files without a Kubernetes object: deploy/values.yaml`},
		"named file": {[]string{"deploy/README.md", "deploy/values.yaml"}, `deploy/README.md Pod/a
error deploy/values.yaml:1:1: an object without apiVersion
error deploy/values.yaml: no Kubernetes object in this file
Helm charts were left out
files without a Kubernetes object: deploy/values.yaml`},
		"broken file": {[]string{"*.yaml"}, `merged.yaml Pod/
mixed.yaml Pod/a
error broken.yaml:1: reading YAML: did not find expected node content
error mixed.yaml:5:1: an object without apiVersion
error utf16.yaml:1:2: a NUL character
Helm charts were left out
files without a Kubernetes object: compose.yaml, portcullis.yaml`},
		"nothing matches": {[]string{"deploy/a.yaml", "deplyo/**"}, `deploy/a.yaml Pod/a
error policy.manifests: "deplyo/**" matches no file
Helm charts were left out`},
	} {
		t.Run(name, func(t *testing.T) {
			got := report(Find(context.Background(), open(t, base), tc.globs))
			if !sameLines(got, tc.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, tc.want)
			}
		})
	}
}

// sameLines compares line by line; a wanted line may be the start of one.
func sameLines(got, want string) bool {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if !strings.HasPrefix(g[i], w[i]) {
			return false
		}
	}
	return len(g) == len(w)
}

func TestR21RefusedPaths(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "outside.yaml")
	for _, err := range []error{
		os.WriteFile(secret, []byte(podA), 0o666),
		os.Symlink(secret, filepath.Join(dir, "link.yaml")),
		os.Symlink("loop.yaml", filepath.Join(dir, "loop.yaml")),
		os.Symlink(filepath.Dir(secret), filepath.Join(dir, "folder")),
		os.Symlink("in.yaml", filepath.Join(dir, "inside.yaml")),
		syscall.Mkfifo(filepath.Join(dir, "fifo.yml"), 0o666),
		syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o666),
		os.WriteFile(filepath.Join(dir, "in.yaml"), []byte(podB), 0o666),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got := report(Find(context.Background(), reopen(t, dir), nil))
	if want := "in.yaml Pod/b\ninside.yaml Pod/b\nerror fifo.yml: not a regular file\nerror link.yaml: \nerror loop.yaml: "; !sameLines(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	got = report(Find(context.Background(), reopen(t, dir), []string{"folder/**", "in.yaml"}))
	if want := "in.yaml Pod/b\nerror folder: "; !sameLines(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestFindStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Find(ctx, open(t, map[string]string{"a.yaml": podA}), nil); err == nil {
		t.Error("a cancelled context is no error")
	}
}

// TestEachWith shows that files are left out only if no object in them can have
// the word, whatever its spelling.
func TestEachWith(t *testing.T) {
	tree := open(t, map[string]string{
		"plain.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: plain}\n", "pod.yaml": podA, "broken.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {",
		"hex.yaml":  "apiVersion: v1\nkind: \"Name\\x73pace\"\nmetadata: {name: hex}\n",
		"tag.yaml":  "apiVersion: v1\nkind: !!binary TmFtZXNwYWNl\nmetadata: {name: tag}\n",
		"list.yaml": "apiVersion: v1\nkind: NamespaceList\nitems: [{metadata: {name: list}}]\n",
		"two.json":  `{"apiVersion": "v1", "kind": "Name\u0073pace", "metadata": {"name": "json"}}`,
	})
	var mu sync.Mutex
	var names []string
	sum, err := EachWith(context.Background(), tree, "Namespace", func(objects []*Object) error {
		mu.Lock()
		defer mu.Unlock()
		for _, o := range objects {
			names = append(names, o.Kind+" "+o.Name)
		}
		return nil
	})
	slices.Sort(names)
	want := []string{"Namespace hex", "Namespace json", "Namespace list", "Namespace plain", "Namespace tag"}
	if err != nil || !slices.Equal(names, want) || sum.Files != len(want) {
		t.Errorf("%q in %d files: %v", names, sum.Files, err)
	}
}
