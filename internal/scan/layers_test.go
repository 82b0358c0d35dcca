package scan_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// layered makes an image of one layer for each file system, with what a builder
// wrote down about it.
func layered(t *testing.T, first fstest.MapFS, createdBy string, more ...any) v1.Image {
	t.Helper()
	img := imageOf(t, first, amd64)
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.History[0].CreatedBy = createdBy
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(more); i += 2 {
		layers, err := imageOf(t, more[i].(fstest.MapFS), amd64).Layers()
		if err != nil {
			t.Fatal(err)
		}
		img, err = mutate.Append(img, mutate.Addendum{Layer: layers[0], History: v1.History{CreatedBy: more[i+1].(string)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return img
}

// checkout is a workspace of these files.
func checkout(t *testing.T, files map[string]string) *workspace.Tree {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

func TestEachFindingIsOnTheLineThatBroughtIt(t *testing.T) {
	lodash := `{"name":"lodash","version":"4.17.20"}`
	img := layered(t,
		system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, nil), "ADD alpine-minirootfs.tar.gz / # buildkit",
		system(t, "", []string{"musl 1.2.5-r8 musl", "libssl3 3.5.2-r0 openssl"}, nil), "RUN /bin/sh -c apk add libssl3 # buildkit",
		system(t, "", nil, map[string]string{"app/node_modules/lodash/package.json": lodash}), "COPY app /app # buildkit",
		system(t, "", nil, map[string]string{"etc/token": "key = \"AKIA" + "2E0A8F3B244C9986\"\n"}), "COPY token /etc/token # buildkit")
	dockerfile := "FROM alpine:3.22\nRUN apk add libssl3\nCOPY app /app\nCOPY token /etc/token\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"no lock file", map[string]string{"Dockerfile": dockerfile}, []string{
			"Dockerfile:1:1 exact musl 1.2.5-r8",
			"Dockerfile:2:1 exact libssl3 3.5.2-r0",
			"Dockerfile:3:1 exact lodash 4.17.20",
			"Dockerfile:4:1 exact /etc/token",
		}},
		{"lock file", map[string]string{"Dockerfile": dockerfile, "app/package-lock.json": `{"packages":{
  "node_modules/lodash": {` + "\n\"version\": \"4.17.20\"}}}\n"}, []string{
			"Dockerfile:1:1 exact musl 1.2.5-r8",
			"Dockerfile:2:1 exact libssl3 3.5.2-r0",
			"Dockerfile:4:1 exact /etc/token",
			"app/package-lock.json:2:3 inferred lodash 4.17.20",
		}},
		{"lock file with another version", map[string]string{"Dockerfile": dockerfile, "app/package.json": `{"dependencies": {"lodash": "^4"}}`, "app/package-lock.json": `{"packages":{
  "node_modules/lodash": {` + "\n\"version\": \"4.17.21\"}}}\n"}, []string{
			"Dockerfile:1:1 exact musl 1.2.5-r8",
			"Dockerfile:2:1 exact libssl3 3.5.2-r0",
			"Dockerfile:3:1 exact lodash 4.17.20",
			"Dockerfile:4:1 exact /etc/token",
		}},
		{"another image's Dockerfile", map[string]string{"Dockerfile": "FROM alpine:3.22\nRUN make\n"}, []string{
			"Dockerfile:1:1 inferred /etc/token",
			"Dockerfile:1:1 inferred libssl3 3.5.2-r0",
			"Dockerfile:1:1 inferred lodash 4.17.20",
			"Dockerfile:1:1 inferred musl 1.2.5-r8",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options(t, store(t, img))
			o.Tree = checkout(t, test.files)
			s, _ := run(t, o)
			var got []string
			for _, f := range s.Findings {
				got = append(got, fmt.Sprintf("%s %s %s", f.Location, f.Precision, f.Object))
			}
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, test.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestHintsSayWhereToChangeSomething(t *testing.T) {
	img := layered(t,
		system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, nil), "base",
		system(t, "", []string{"musl 1.2.5-r8 musl", "libssl3 3.5.2-r0 openssl"}, nil), "RUN /bin/sh -c apk add libssl3 # buildkit")
	o := options(t, store(t, img))
	o.Tree = checkout(t, map[string]string{"Dockerfile": "FROM alpine:3.22\nRUN apk add libssl3\n"})
	s, _ := run(t, o)
	hints := map[int]string{
		1: "use a newer base image, or upgrade the package when the image is built",
		2: "let this instruction bring a fixed version",
	}
	for _, f := range s.Findings {
		if f.Hint != hints[f.Line] {
			t.Errorf("line %d: %s", f.Line, f.Hint)
		}
	}
	if len(s.Findings) < 2 {
		t.Errorf("%+v", s.Findings)
	}
}

func TestR28InstructionWithASecretIsNotShown(t *testing.T) {
	secret := "AKIA" + "2E0A8F3B244C9986"
	command := "echo 'key = \"" + secret + "\"' > /etc/token"
	img := layered(t, system(t, "3.22.1", base, nil), "base",
		system(t, "", nil, map[string]string{"etc/token": "key = \"" + secret + "\"\n"}), "RUN /bin/sh -c "+command+" # buildkit")
	o := options(t, store(t, img))
	o.Tree = checkout(t, map[string]string{"Dockerfile": "FROM alpine:3.22\nRUN " + command + "\n"})
	s, report := run(t, o)
	if len(s.Findings) != 1 || s.Findings[0].Line != 2 || !s.Findings[0].Sensitive {
		t.Fatalf("%+v", s.Findings)
	}
	raw, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), secret) {
		t.Errorf("the report has the secret in it: %s", raw)
	}
}

func TestBaseImageIsNamed(t *testing.T) {
	img := layered(t,
		system(t, "3.22.1", base, nil), "base",
		system(t, "", []string{"musl 1.2.5-r8 musl", "libssl3 3.5.2-r0 openssl"}, nil), "RUN /bin/sh -c apk add libssl3 # buildkit")
	for dockerfile, want := range map[string]string{
		"FROM alpine:3.22\nRUN apk add libssl3\n":                                   "alpine:3.22",
		"ARG TAG=3.22\nFROM alpine:${TAG}\nRUN apk add libssl3\n":                   "alpine:3.22",
		"FROM debian:12 AS x\nFROM alpine:3.22 AS y\nFROM y\nRUN apk add libssl3\n": "alpine:3.22",
		"FROM alpine:3.22\nRUN something else\nRUN and more\n":                      "",
	} {
		o := options(t, store(t, img))
		o.Tree = checkout(t, map[string]string{"Dockerfile": dockerfile})
		if _, report := run(t, o); len(report.Images) != 1 || report.Images[0].Base != want {
			t.Errorf("%q: built on %+v, want %q", dockerfile, report.Images, want)
		}
	}
}
