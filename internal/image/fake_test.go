package image_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/portcullis-ci/portcullis/internal/image"
)

var (
	created = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	amd64   = v1.Platform{OS: "linux", Architecture: "amd64"}
	arm64   = v1.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}
)

// A fakeRegistry is a real registry behind a proxy that may do evil.
type fakeRegistry struct {
	t        *testing.T
	host     string
	mu       sync.Mutex
	requests []string
	// evil, if set, may answer a request itself; it then returns true.
	evil func(w http.ResponseWriter, r *http.Request, next http.Handler) bool
}

func newRegistry(t *testing.T) *fakeRegistry {
	t.Helper()
	f := &fakeRegistry{t: t}
	inner := registry.New(registry.Logger(discardLog()))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.requests = append(f.requests, r.Method+" "+r.URL.Path)
		evil := f.evil
		f.mu.Unlock()
		if evil == nil || !evil(w, r, inner) {
			inner.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	f.host = strings.TrimPrefix(server.URL, "http://")
	return f
}

// turn makes the registry evil and forgets the requests so far.
func (f *fakeRegistry) turn(evil func(w http.ResponseWriter, r *http.Request, next http.Handler) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.evil, f.requests = evil, nil
}

// count returns how many requests were made whose method and path contain s.
func (f *fakeRegistry) count(s string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		if strings.Contains(r, s) {
			n++
		}
	}
	return n
}

// push stores an image or an index under a tag and returns the reference.
func (f *fakeRegistry) push(tag string, what remote.Taggable) string {
	f.t.Helper()
	ref, err := name.ParseReference(f.host + "/acme/shop:" + tag)
	if err != nil {
		f.t.Fatal(err)
	}
	switch what := what.(type) {
	case v1.Image:
		err = remote.Write(ref, what)
	case v1.ImageIndex:
		err = remote.WriteIndex(ref, what)
	default:
		err = remote.Put(ref, what)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return ref.String()
}

// sample is a small image; content tells it apart.
func sample(t *testing.T, platform v1.Platform, content string) v1.Image {
	t.Helper()
	img, err := image.FromFS(fstest.MapFS{
		"etc/os-release": {Data: []byte("ID=alpine\nVERSION_ID=3.22.1\n")},
		"app/name":       {Data: []byte(content)},
	}, platform, created)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// withLayer is an image of one layer with these bytes, whose configuration
// claims diffID.
func withLayer(t *testing.T, blob []byte, diffID v1.Hash) v1.Image {
	t.Helper()
	layer := static.NewLayer(blob, types.OCILayer)
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layer)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	config.RootFS.DiffIDs = []v1.Hash{diffID}
	img, err = mutate.ConfigFile(img, config)
	if err != nil {
		t.Fatal(err)
	}
	return mutate.ConfigMediaType(img, types.OCIConfigJSON)
}

// archiveOf makes a tar archive of n files of the given size each.
func archiveOf(t *testing.T, n int, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := range n {
		header := &tar.Header{Name: strings.Repeat("d/", i%3) + "f" + string(rune('a'+i%26)), Mode: 0o644, Size: size}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, zeros{}, size); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func digestOf(t *testing.T, b []byte) v1.Hash {
	t.Helper()
	h, _, err := v1.SHA256(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return h
}
