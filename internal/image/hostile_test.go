package image_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// tarFolder writes the files below dir as an archive.
func tarFolder(t *testing.T, dir, target string) {
	t.Helper()
	out, err := os.Create(target)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := tar.NewWriter(out)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close()); err != nil {
		t.Fatal(err)
	}
}

// hang never answers requests whose path contains s.
func hang(t *testing.T, s string) func(http.ResponseWriter, *http.Request, http.Handler) bool {
	t.Helper()
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !strings.Contains(r.URL.Path, s) {
			return false
		}
		<-r.Context().Done()
		return true
	}
}

// rewrite lets change edit the bodies of answers whose path contains s.
func rewrite(s string, change func([]byte) []byte) func(http.ResponseWriter, *http.Request, http.Handler) bool {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) bool {
		if !strings.Contains(r.URL.Path, s) {
			return false
		}
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		for key, values := range recorded.Header() {
			if key != "Content-Length" {
				w.Header()[key] = values
			}
		}
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(change(recorded.Body.Bytes()))
		return true
	}
}

// onlyErr returns the error of the only platform.
func onlyErr(t *testing.T, img *image.Image) error {
	t.Helper()
	if len(img.Platforms) != 1 || img.Platforms[0].Layout != "" {
		t.Fatalf("want one platform without a layout, got %+v", img.Platforms)
	}
	return img.Platforms[0].Err
}

func TestR04TagIsResolvedOnceAndNeverMoves(t *testing.T) {
	reg := newRegistry(t)
	first, second := sample(t, amd64, "first"), sample(t, amd64, "second")
	ref := reg.push("v1", first)
	reg.push("v2", second)
	var asked atomic.Int32
	reg.turn(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if strings.HasSuffix(r.URL.Path, "/manifests/v1") && asked.Add(1) > 1 {
			r.URL.Path = strings.TrimSuffix(r.URL.Path, "v1") + "v2" // whoever asks again gets another image
		}
		return false
	})
	got := mustFetch(t, ref)
	if want := hashOf(t, first); got.Digest != want || got.Platforms[0].Digest != want {
		t.Errorf("got %s and %s, want %s", got.Digest, got.Platforms[0].Digest, want)
	}
	checkLayout(t, got.Platforms[0])
	if n := asked.Load(); n != 1 {
		t.Errorf("the tag was resolved %d times", n)
	}
}

func TestR06SwappedBytes(t *testing.T) {
	reg := newRegistry(t)
	img := sample(t, amd64, "one")
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	layer := hashOf(t, layers[0])
	config, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	flip := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 1; return b }
	longer := func(b []byte) []byte { return append(bytes.Clone(b), 0) }
	ref := reg.push("1", img)
	for _, test := range []struct {
		name, path string
		change     func([]byte) []byte
	}{
		{"layer of the same size", layer.String(), flip},
		{"longer layer", layer.String(), longer},
		{"configuration of the same size", config.String(), flip},
		{"longer configuration", config.String(), longer},
	} {
		t.Run(test.name, func(t *testing.T) {
			reg.turn(rewrite(test.path, test.change))
			if err := onlyErr(t, mustFetch(t, ref)); err == nil {
				t.Error("the image was accepted")
			}
		})
	}
	t.Run("manifest asked for by digest", func(t *testing.T) {
		reg.turn(rewrite("/manifests/", func(b []byte) []byte { return append(b, ' ') }))
		pinned := reg.host + "/acme/shop@" + hashOf(t, img).String()
		if _, err := fetch(t, image.Fetcher{}, pinned); err == nil {
			t.Error("the manifest was accepted")
		}
	})
	t.Run("child of an index", func(t *testing.T) {
		index, err := image.Index(img)
		if err != nil {
			t.Fatal(err)
		}
		reg.turn(nil)
		ref := reg.push("index", index)
		reg.turn(rewrite(hashOf(t, img).String(), func(b []byte) []byte { return append(b, ' ') }))
		if err := onlyErr(t, mustFetch(t, ref)); err == nil {
			t.Error("the child was accepted")
		}
	})
}

func TestR06BytesAfterTheEndOfTheArchive(t *testing.T) {
	reg := newRegistry(t)
	clean := archiveOf(t, 2, 100)
	hidden := append(bytes.Clone(clean), archiveOf(t, 1, 10)...)
	padded := append(bytes.Clone(clean), make([]byte, 10240)...)
	members := append(gzipped(t, clean), gzipped(t, archiveOf(t, 1, 10))...)
	for _, test := range []struct {
		name        string
		blob, plain []byte
		want        string
	}{
		{"a second archive", gzipped(t, hidden), hidden, "bytes after the end"},
		{"a second gzip member", members, hidden, "bytes after the end"},
		{"a second archive, not compressed", hidden, hidden, "bytes after the end"},
		{"bytes after the gzip stream", append(gzipped(t, clean), "more"...), clean, "unpack"},
		{"zeros as tar writes them", gzipped(t, padded), padded, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			img := mustFetch(t, reg.push("1", withLayer(t, test.blob, digestOf(t, test.plain))))
			err := img.Platforms[0].Err
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && err == nil:
				t.Error("the layer was accepted")
			case test.want == "bytes after the end" && !strings.Contains(err.Error(), test.want):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestR07ForgedDiffID(t *testing.T) {
	reg := newRegistry(t)
	victim, own := archiveOf(t, 1, 10), archiveOf(t, 2, 20)
	img := mustFetch(t, reg.push("1", withLayer(t, gzipped(t, own), digestOf(t, victim))))
	err := onlyErr(t, img)
	if !errors.Is(err, image.ErrDigest) || !strings.Contains(err.Error(), "unpacks to "+digestOf(t, own).String()) {
		t.Errorf("got %v", err)
	}
}
