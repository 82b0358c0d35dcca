package image_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/image"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// brought is what was found in the image, and a part of the step that made its layer.
var brought = []struct {
	what, by string
	image.Subject
}{
	{"libc6 of the base image", "", image.Subject{Package: "libc6"}},
	{"curl, apt-get install", "apt-get update", image.Subject{Package: "curl"}},
	{"x/crypto in the program", "/usr/local/bin/shop", image.Subject{Package: "golang.org/x/crypto", Version: "v0.17.0", Ecosystem: "go", File: "usr/local/bin/shop"}},
	{"the compiler of the program", "/usr/local/bin/shop", image.Subject{Package: "stdlib", Version: "v1.26.8", Ecosystem: "go", File: "usr/local/bin/shop"}},
	{"lodash 4.17.20, npm ci", "./web", image.Subject{Package: "lodash", Version: "4.17.20", Ecosystem: "npm", File: "srv/web/node_modules/lodash/package.json"}},
	{"a secret beside it", "./web", image.Subject{File: "srv/web/index.js"}},
	{"lodash 4.17.19, an archive", "/opt/legacy", image.Subject{Package: "lodash", Version: "4.17.19", Ecosystem: "npm", File: "opt/legacy/node_modules/lodash/package.json"}},
	{"a secret of the context", "/etc/shop/", image.Subject{File: "etc/shop/token"}},
	{"what a RUN wrote", "useradd", image.Subject{File: "etc/shop/name"}},
	{"minimist, a RUN in JSON", "minimist", image.Subject{Package: "minimist", Version: "1.2.5", Ecosystem: "npm", File: "srv/vendor/node_modules/minimist/package.json"}},
}

// layerBy is the layer of the first step whose text has a part.
func layerBy(t *testing.T, all []image.Step, part string) string {
	t.Helper()
	for _, s := range all {
		if s.Layer.Hex != "" && strings.Contains(s.CreatedBy, part) {
			return s.Layer.String()
		}
	}
	t.Fatalf("no step has %q", part)
	return ""
}

// testdata/builders has a Dockerfile, and the histories that real builders wrote when they built it, a line for a step,
// "- " in front of those that made no layer. The golden file says line by line where what is in the image came from.
func TestRealBuilders(t *testing.T) {
	dir := filepath.Join("testdata", "builders")
	dockerfile := read(t, filepath.Join(dir, "Dockerfile"))
	files := map[string]string{
		"Dockerfile": dockerfile, "app/go.mod": "module acme.example/shop\n\nrequire golang.org/x/crypto v0.17.0\n",
		"web/index.js": "", "web/package.json": `{"dependencies": {"lodash": "^4.17.0"}}`,
		"web/package-lock.json": "{\"packages\": {\n  \"node_modules/lodash\": {\n    \"version\": \"4.17.20\"\n}}}\n",
	}
	histories, err := filepath.Glob(filepath.Join(dir, "*.history"))
	if err != nil || len(histories) < 3 {
		t.Fatal(histories, err)
	}
	for _, history := range histories {
		t.Run(filepath.Base(history), func(t *testing.T) {
			a, err := image.NewAttribution(t.Context(), tree(t, files), "portcullis.yaml")
			if err != nil {
				t.Fatal(err)
			}
			all := steps(strings.Split(strings.TrimSuffix(read(t, history), "\n"), "\n")...)
			origins := a.Origins("registry.acme.example/shop:1", all)
			var table strings.Builder
			for _, b := range brought {
				s := b.Subject
				s.Reference, s.Origin = "registry.acme.example/shop:1", origins[layerBy(t, all, b.by)]
				l := a.Locate(s)
				fmt.Fprintf(&table, "%-28s %-9s %s:%d  %s\n", b.what, l.Precision, l.Path, l.Line, l.Object)
			}
			golden := strings.TrimSuffix(history, ".history") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(table.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, golden); table.String() != want {
				t.Errorf("got\n%swant\n%s", table.String(), want)
			}
		})
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
