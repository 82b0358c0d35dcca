package image_test

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// serveEngine answers like a Docker engine on a socket and returns its address.
func serveEngine(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	listener, err := net.Listen("unix", filepath.Join(dir, "docker.sock"))
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: answer}}
	server.Start()
	t.Cleanup(server.Close)
	return "unix://" + listener.Addr().String()
}

// saved is what `docker save` writes of an image.
func saved(t *testing.T) []byte {
	t.Helper()
	tag, err := name.NewTag("acme/shop:1")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tarball.Write(tag, sample(t, amd64, "local"), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDockerEngine(t *testing.T) {
	archive := saved(t)
	var asked []string
	engine := serveEngine(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.String())
		_, _ = w.Write(archive)
	})
	got, err := fetch(t, image.Fetcher{Engine: engine}, "docker:acme/shop:1")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Platforms) != 1 || got.Platforms[0].Name != "linux/amd64" || got.Reference != "docker:acme/shop:1" {
		t.Errorf("%+v", got)
	}
	checkLayout(t, got.Platforms[0])
	if want := "GET /images/get?names=acme%2Fshop%3A1"; len(asked) != 1 || asked[0] != want {
		t.Errorf("asked %q, want %s", asked, want)
	}
}

func TestDockerEngineThatGivesNoImage(t *testing.T) {
	archive := saved(t)
	serve := func(answer http.HandlerFunc) string { return serveEngine(t, answer) }
	for _, test := range []struct{ name, engine, want string }{
		{"no engine", "unix:///nowhere/docker.sock", "asking the engine at /nowhere/docker.sock: dial unix"},
		{"another machine", "tcp://10.0.0.1:2375", "only one that listens on a socket of this machine"},
		{"no such image", serve(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"message":"No such image: acme/shop:1"}`))
		}), "404 Not Found: No such image: acme/shop:1"},
		{"not an engine", serve(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), "418 I'm a teapot"},
		{"broken off", serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write(archive)
		}), "unexpected EOF"},
		{"half an archive", serve(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive[:len(archive)/2]) }), `"docker:acme/shop:1" is neither`},
		{"a web page", serve(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }), "unpacking"},
	} {
		t.Run(test.name, func(t *testing.T) {
			temp := t.TempDir()
			_, err := fetch(t, image.Fetcher{Engine: test.engine, TempDir: temp}, "docker:acme/shop:1")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if left, _ := os.ReadDir(temp); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestR36DockerEngineThatSendsWithoutEnd(t *testing.T) {
	engine := serveEngine(t, func(w http.ResponseWriter, _ *http.Request) {
		for buf := make([]byte, 32<<10); ; {
			if _, err := w.Write(buf); err != nil {
				return
			}
		}
	})
	_, err := fetch(t, image.Fetcher{Engine: engine, Limits: image.Limits{Uncompressed: 1 << 20}}, "docker:acme/shop:1")
	if !errors.Is(err, image.ErrLimit) {
		t.Errorf("got %v", err)
	}
}

// A local image never stands in for a reference to a registry.
func TestR26EngineIsAskedOnlyForDockerReferences(t *testing.T) {
	asked := false
	engine := serveEngine(t, func(http.ResponseWriter, *http.Request) { asked = true })
	reg := newRegistry(t)
	ref := reg.push("1", sample(t, amd64, "remote"))
	for _, reference := range []string{ref, ref + "0", "oci:" + t.TempDir(), "tar:/nowhere"} {
		_, err := fetch(t, image.Fetcher{Engine: engine}, reference)
		if asked || (err == nil) != (reference == ref) {
			t.Errorf("%s: asked %t, %v", reference, asked, err)
		}
	}
}
