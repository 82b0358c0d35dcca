package scan_test

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// onTop adds a layer to an image, under another platform.
func onTop(t *testing.T, base v1.Image, name string, platform v1.Platform) v1.Image {
	t.Helper()
	layers, err := imageOf(t, system(t, "", nil, map[string]string{name: name}), platform).Layers()
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(base, layers...)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.Architecture, config.Variant = platform.Architecture, platform.Variant
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	return img
}

// Two images, one of them an index of two platforms, on the same base: its layer
// is fetched once and analysed once.
func TestSharedLayersAreFetchedAndAnalysedOnce(t *testing.T) {
	var mu sync.Mutex
	fetched := map[string]int{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, digest, ok := strings.Cut(r.URL.Path, "/blobs/sha256:"); ok && r.Method == http.MethodGet {
			mu.Lock()
			fetched[digest]++
			mu.Unlock()
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	base := imageOf(t, system(t, "3.22.1", base, nil), amd64)
	index, err := image.Index(onTop(t, base, "a", amd64), onTop(t, base, "b", arm64))
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	for tag, what := range map[string]remote.Taggable{"shop:1": index, "till:1": onTop(t, base, "c", amd64)} {
		ref, err := name.ParseReference(host + "/" + tag)
		if err != nil {
			t.Fatal(err)
		}
		if index, ok := what.(v1.ImageIndex); ok {
			err = remote.WriteIndex(ref, index)
		} else {
			err = remote.Write(ref, what.(v1.Image))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var analysed bytes.Buffer
	o := options(t, host+"/shop:1", host+"/till:1")
	o.Log = slog.New(slog.NewTextHandler(&analysed, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, _ := run(t, o)
	if s.Verdict != gate.Passed || s.Checked.Images != 3 {
		t.Fatalf("%s %s, %d images", s.Verdict, s.Error, s.Checked.Images)
	}
	for digest, n := range fetched {
		if n != 1 {
			t.Errorf("%s was fetched %d times", digest, n)
		}
	}
	if n := strings.Count(analysed.String(), "Missing diff ID in cache"); n != 4 {
		t.Errorf("%d layers were analysed, want the base and one for each platform:\n%s", n, &analysed)
	}
}
