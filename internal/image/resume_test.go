package image_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// incompressible is an image whose only layer has a little more than n bytes.
func incompressible(t *testing.T, n int, more fstest.MapFS) v1.Image {
	t.Helper()
	noise := make([]byte, n)
	source := rand.NewChaCha8([32]byte{7})
	_, _ = source.Read(noise)
	fsys := fstest.MapFS{"noise": {Data: noise}}
	for name, file := range more {
		fsys[name] = file
	}
	img, err := image.FromFS(fsys, amd64, created)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// A dropper serves large blobs a piece at a time, and then hangs up.
type dropper struct {
	piece  int
	ranges bool              // it can go on in the middle
	twist  func(body []byte) // what it does to the bytes of a later answer

	mu     sync.Mutex
	asked  []string // values of Range
	served int
}

func (d *dropper) answer(w http.ResponseWriter, r *http.Request, next http.Handler) bool {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/blobs/") {
		return false
	}
	whole := httptest.NewRecorder()
	plain := r.Clone(r.Context())
	plain.Header.Del("Range")
	next.ServeHTTP(whole, plain)
	body := whole.Body.Bytes()
	if len(body) < d.piece {
		return false
	}
	d.mu.Lock()
	d.asked = append(d.asked, r.Header.Get("Range"))
	start := 0
	if d.ranges {
		_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &start)
	}
	rest := slices.Clone(body[start:])
	if d.twist != nil && start > 0 {
		d.twist(rest)
	}
	piece := rest[:min(d.piece, len(rest))]
	d.served += len(piece)
	d.mu.Unlock()
	w.Header().Set("Content-Length", fmt.Sprint(len(rest)))
	if start > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(body)-1, len(body)))
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(piece)
	if len(piece) < len(rest) {
		panic(http.ErrAbortHandler)
	}
	return true
}

func TestR51DroppedConnectionsAreResumed(t *testing.T) {
	const mebi = 1 << 20
	reg := newRegistry(t)
	ref := reg.push("1", incompressible(t, 5*mebi, nil))
	d := &dropper{piece: mebi / 2, ranges: true}
	reg.turn(d.answer)
	img, err := fetch(t, image.Fetcher{Attempts: 4}, ref)
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, img.Platforms[0])
	if len(d.asked) != 11 || d.asked[0] != "" || !strings.HasPrefix(d.asked[10], "bytes=") {
		t.Errorf("%d requests: %q", len(d.asked), d.asked)
	}
	if d.served > 5*mebi+mebi/4 {
		t.Errorf("%d bytes were sent for a layer of %d", d.served, 5*mebi)
	}
}

func TestR51NothingToResume(t *testing.T) {
	const mebi = 1 << 20
	for _, test := range []struct {
		name string
		d    *dropper
		max  int // requests for the layer
		want string
	}{
		{"no ranges", &dropper{piece: mebi / 2}, 4, "gave up after 4 attempts"},
		{"too little each time", &dropper{piece: 64 << 10, ranges: true}, 4, "gave up after 4 attempts"},
		{"other bytes", &dropper{piece: 2 * mebi, ranges: true, twist: func(b []byte) { b[len(b)-1] ^= 1 }}, 8, "gave up"},
	} {
		t.Run(test.name, func(t *testing.T) {
			reg := newRegistry(t)
			ref := reg.push("1", incompressible(t, 3*mebi, nil))
			reg.turn(test.d.answer)
			img, err := fetch(t, image.Fetcher{Attempts: 4}, ref)
			if err != nil {
				t.Fatal(err)
			}
			if got := img.Platforms[0].Err; got == nil || !strings.Contains(got.Error(), test.want) || len(test.d.asked) > test.max {
				t.Errorf("%d requests, %v", len(test.d.asked), got)
			}
		})
	}
}

// A registry that resumes with bytes of something else does not get them in, and
// one that was wrong once is asked for all of it again.
func TestR06ResumedBytesAreVerifiedAsAWhole(t *testing.T) {
	const mebi = 1 << 20
	reg := newRegistry(t)
	ref := reg.push("1", incompressible(t, 3*mebi, nil))
	twisted := false
	d := &dropper{piece: 2 * mebi, ranges: true}
	d.twist = func(b []byte) {
		if !twisted {
			b[0] ^= 1
		}
		twisted = true
	}
	reg.turn(d.answer)
	img, err := fetch(t, image.Fetcher{Attempts: 6}, ref)
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, img.Platforms[0])
	if want := []string{"", "bytes=2097152-", "", "bytes=2097152-"}; !slices.Equal(d.asked, want) {
		t.Errorf("asked for %q", d.asked)
	}
}

// Images that share a layer fetch and unpack it once, one after the other or at
// the same time, and one that cannot get it does not take it from the other.
func TestLayersOfSeveralImagesAreFetchedOnce(t *testing.T) {
	reg := newRegistry(t)
	shared := incompressible(t, 1<<20, nil)
	layers, err := shared.Layers()
	if err != nil {
		t.Fatal(err)
	}
	digest, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	first := reg.push("1", shared)
	second, err := name.ParseReference(reg.host + "/acme/other:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(second, shared); err != nil {
		t.Fatal(err)
	}
	refused := true
	reg.turn(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if refused && strings.HasPrefix(r.URL.Path, "/v2/acme/shop/blobs/") {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	})
	temp := t.TempDir()
	pool, err := image.NewPool(temp)
	if err != nil {
		t.Fatal(err)
	}
	f := image.Fetcher{TempDir: temp, Pool: pool, Backoff: time.Millisecond}
	var images []*image.Image
	for _, ref := range []string{first, second.String(), second.String(), first} {
		parsed, err := image.Parse(ref)
		if err != nil {
			t.Fatal(err)
		}
		img, err := f.Fetch(t.Context(), parsed)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, img)
	}
	if images[0].Platforms[0].Err == nil {
		t.Error("the image that was refused has no error")
	}
	if n := reg.count("GET /v2/acme/other/blobs/" + digest.String()); n != 1 {
		t.Errorf("the layer was fetched %d times", n)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	for _, img := range images[1:] {
		checkLayout(t, img.Platforms[0]) // also after the pool is gone
		if err := img.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestBlobsAreAskedForAsTheyAre(t *testing.T) {
	reg := newRegistry(t)
	ref := reg.push("1", sample(t, amd64, "one"))
	reg.turn(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if got := r.Header.Get("Accept-Encoding"); strings.Contains(r.URL.Path, "/blobs/") && got != "identity" {
			t.Errorf("Accept-Encoding: %q", got)
		}
		return false
	})
	mustFetch(t, ref)
}
