package image_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// tree makes a workspace of these files.
func tree(t *testing.T, files map[string]string) *workspace.Tree {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}

const lock = `{
  "lockfileVersion": 3,
  "packages": {
    "": {"dependencies": {"lodash": "^4"}},
    "node_modules/lodash.merge": {
    },
    "node_modules/lodash": {
      "version": "4.17.20"
    },
    "node_modules/a/node_modules/@scope/b": {
    }
  }
}
`

func TestLocate(t *testing.T) {
	lodash := image.Subject{Reference: "ghcr.io/acme/shop:1", Package: "lodash", Ecosystem: "npm", File: "app/node_modules/lodash/package.json"}
	system := image.Subject{Reference: "ghcr.io/acme/shop:1"}
	manifest := "spec:\n  containers:\n    - image: other\n    - image: \"ghcr.io/acme/shop:7\" # pinned\n    - image: ghcr.io/acme/shop:2\n"
	for _, test := range []struct {
		name    string
		files   map[string]string
		subject image.Subject
		want    gate.Location
	}{
		{
			"package-lock.json", map[string]string{"package-lock.json": lock, "Dockerfile": "FROM a\n"}, lodash,
			gate.Location{Path: "package-lock.json", Range: gate.Range{Line: 7, Column: 5, EndLine: 7, EndColumn: 26}, Object: `"node_modules/lodash"`, Precision: gate.Inferred},
		}, {
			"scoped and nested", map[string]string{"web/package-lock.json": lock},
			image.Subject{Package: "@scope/b", Ecosystem: "npm"},
			gate.Location{Path: "web/package-lock.json", Range: gate.Range{Line: 10, Column: 5, EndLine: 10, EndColumn: 43}, Object: `"node_modules/a/node_modules/@scope/b"`, Precision: gate.Inferred},
		}, {
			"yarn.lock", map[string]string{"yarn.lock": "lodash.merge@^4:\n\n\"lodash@^4.17\":\n"}, lodash,
			gate.Location{Path: "yarn.lock", Range: gate.Range{Line: 3, Column: 2, EndLine: 3, EndColumn: 8}, Object: "lodash", Precision: gate.Inferred},
		}, {
			"go.mod", map[string]string{"go.mod": "require (\n\tgolang.org/x/net/v2 v2.0.0\n\tgolang.org/x/net v0.1.0\n)\n"},
			image.Subject{Package: "golang.org/x/net", Ecosystem: "go", File: "usr/bin/app"},
			gate.Location{Path: "go.mod", Range: gate.Range{Line: 3, Column: 2, EndLine: 3, EndColumn: 18}, Object: "golang.org/x/net", Precision: gate.Inferred},
		}, {
			"pom.xml", map[string]string{"pom.xml": "<project><dependencies><dependency><groupId>org.apache.logging.log4j</groupId>\n<artifactId>log4j-core</artifactId>\n</dependency></dependencies></project>"},
			image.Subject{Package: "org.apache.logging.log4j:log4j-core", Ecosystem: "maven"},
			gate.Location{Path: "pom.xml", Range: gate.Range{Line: 2, Column: 13, EndLine: 2, EndColumn: 23}, Object: "log4j-core", Precision: gate.Inferred},
		}, {
			"package that no file names", map[string]string{"package-lock.json": "{}", "Dockerfile": "FROM a\n"}, lodash,
			gate.Location{Path: "Dockerfile", Range: gate.Range{Line: 1, Column: 1, EndLine: 1, EndColumn: 7}, Object: "FROM a", Precision: gate.Inferred},
		}, {
			"final stage", map[string]string{"Dockerfile": "# syntax=x\nFROM golang AS build\nRUN x\n\n  FROM --platform=linux/amd64 \\\n  alpine:3.22\nCOPY --from=build a b\n"}, system,
			gate.Location{Path: "Dockerfile", Range: gate.Range{Line: 5, Column: 3, EndLine: 6, EndColumn: 14}, Object: "FROM alpine:3.22", Precision: gate.Inferred},
		}, {
			"stage from a stage", map[string]string{"Dockerfile": "FROM alpine:3.22 AS base\nFROM golang AS build\nFROM base\n"}, system,
			gate.Location{Path: "Dockerfile", Range: gate.Range{Line: 1, Column: 1, EndLine: 1, EndColumn: 25}, Object: "FROM alpine:3.22", Precision: gate.Inferred},
		}, {
			"Dockerfile called like the image", map[string]string{"Dockerfile": "FROM a\n", "Dockerfile.shop": "FROM b\n", "web/Dockerfile": "FROM c\n"}, system,
			gate.Location{Path: "Dockerfile.shop", Range: gate.Range{Line: 1, Column: 1, EndLine: 1, EndColumn: 7}, Object: "FROM b", Precision: gate.Inferred},
		}, {
			"none of several Dockerfiles", map[string]string{"web/Dockerfile": "FROM c\n", "api/Dockerfile": "FROM b\n"}, system,
			gate.Location{Path: "api/Dockerfile", Range: gate.Range{Line: 1, Column: 1, EndLine: 1, EndColumn: 7}, Object: "FROM b", Precision: gate.Fallback},
		}, {
			"manifest", map[string]string{"deploy/web.yaml": manifest, "portcullis.yaml": "scan:\n  images: [ghcr.io/acme/shop:1]\n"}, system,
			gate.Location{Path: "deploy/web.yaml", Range: gate.Range{Line: 4, Column: 15, EndLine: 4, EndColumn: 34}, Object: "ghcr.io/acme/shop:7", Precision: gate.Inferred},
		}, {
			"configuration", map[string]string{"portcullis.yaml": "scan:\n  # ü\n  images: [ghcr.io/acme/shop:1]\n"}, system,
			gate.Location{Path: "portcullis.yaml", Range: gate.Range{Line: 3, Column: 12, EndLine: 3, EndColumn: 31}, Object: "ghcr.io/acme/shop:1", Precision: gate.Inferred},
		}, {
			"nothing", map[string]string{"README": "ghcr.io/acme/shop:1"}, system,
			gate.Location{Path: ".", Object: "ghcr.io/acme/shop:1", Precision: gate.Fallback},
		}, {
			"local image", map[string]string{"a.yaml": "image: oci:dist\n"}, image.Subject{Reference: "oci:dist"},
			gate.Location{Path: ".", Object: "oci:dist", Precision: gate.Fallback},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := image.NewAttribution(t.Context(), tree(t, test.files), "portcullis.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Locate(test.subject); got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	files := map[string]string{"Dockerfile": "FROM a\n", "portcullis.yaml": "scan:\n  images:\n    - oci:dist\n"}
	a, err := image.NewAttribution(t.Context(), tree(t, files), "portcullis.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Named("oci:dist").String(); got != "portcullis.yaml:3:7" {
		t.Errorf("got %s", got)
	}
	if got := a.Named("oci:other"); got != (gate.Location{}) {
		t.Errorf("got %+v", got)
	}
}
