package image_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// A dripper answers requests for a path a few bytes at a time, so that some come
// in every stretch of time, until somebody hangs up.
type dripper struct {
	path string
	skip int // bytes of each answer that come at once

	mu    sync.Mutex
	asked []string // values of Range
}

func (d *dripper) answer(w http.ResponseWriter, r *http.Request, next http.Handler) bool {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, d.path) {
		return false
	}
	d.mu.Lock()
	d.asked = append(d.asked, r.Header.Get("Range"))
	d.mu.Unlock()
	whole := httptest.NewRecorder()
	plain := r.Clone(r.Context())
	plain.Header.Del("Range")
	next.ServeHTTP(whole, plain)
	body, start := whole.Body.Bytes(), 0
	_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &start)
	for name := range whole.Header() {
		w.Header().Set(name, whole.Header().Get(name))
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)-start))
	if start > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(body)-1, len(body)))
		w.WriteHeader(http.StatusPartialContent)
	}
	rest := body[start:]
	at := min(d.skip, len(rest))
	_, _ = w.Write(rest[:at])
	for ; at < len(rest) && r.Context().Err() == nil; at++ {
		_, _ = w.Write(rest[at : at+1])
		_ = http.NewResponseController(w).Flush()
		time.Sleep(5 * time.Millisecond)
	}
	return true
}

// A registry that sends a byte now and then never stops, and holds nobody.
func TestR51SlowDripIsDropped(t *testing.T) {
	for _, path := range []string{"/blobs/", "/manifests/"} {
		t.Run(path, func(t *testing.T) {
			reg := newRegistry(t)
			ref := reg.push("1", incompressible(t, 1<<20, nil))
			d := &dripper{path: path}
			reg.turn(d.answer)
			f := image.Fetcher{Attempts: 3, Parallel: 1, Stall: 200 * time.Millisecond, Least: 64 << 10, Backoff: time.Millisecond}
			img, err := fetch(t, f, ref)
			if err == nil {
				err = img.Platforms[0].Err
			}
			if err == nil || !strings.Contains(err.Error(), "gave up after 3 attempts: the registry is too slow: ") {
				t.Errorf("got %v", err)
			}
			if len(d.asked) != 3 {
				t.Errorf("asked for %q", d.asked)
			}
		})
	}
}

// What came before the drip is not fetched again, and while each round brings
// enough the attempts do not count together.
func TestR51SlowDripIsResumed(t *testing.T) {
	const mebi = 1 << 20
	reg := newRegistry(t)
	ref := reg.push("1", incompressible(t, 3*mebi, nil))
	d := &dripper{path: "/blobs/", skip: 700_000}
	reg.turn(d.answer)
	f := image.Fetcher{Attempts: 2, Parallel: 1, Stall: 200 * time.Millisecond, Least: mebi, Backoff: time.Millisecond}
	img, err := fetch(t, f, ref)
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, img.Platforms[0])
	resumed := 0
	for _, r := range d.asked {
		if strings.HasPrefix(r, "bytes=") {
			resumed++
		}
	}
	if resumed < 4 {
		t.Errorf("asked for %q", d.asked)
	}
}

// A drip of the database is a broken download of an artifact.
func TestR50SlowDripOfAnArtifact(t *testing.T) {
	reg := newRegistry(t)
	ref := reg.push("1", incompressible(t, 1<<20, nil))
	d := &dripper{path: "/blobs/"}
	reg.turn(d.answer)
	parsed, err := image.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	f := image.Fetcher{Attempts: 2, Stall: 200 * time.Millisecond, Least: 64 << 10, Backoff: time.Millisecond, TempDir: t.TempDir()}
	_, err = f.Artifact(t.Context(), parsed, t.TempDir()+"/layer", "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.oci.image.layer.v1.tar+gzip")
	if err == nil || !strings.Contains(err.Error(), "gave up after 2 attempts: the registry is too slow: ") {
		t.Errorf("got %v", err)
	}
}
