package scan_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// A mirror is a registry with a database in it, which counts its downloads.
type mirror struct {
	t         *testing.T
	ref       string
	layerType string
	downloads atomic.Int32
	status    atomic.Int32 // answered instead, if not 0
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	m := &mirror{t: t, layerType: "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := m.status.Load(); status != 0 {
			w.WriteHeader(int(status))
			return
		}
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			m.downloads.Add(1)
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	m.ref = strings.TrimPrefix(server.URL, "http://") + "/trivy-db:2"
	return m
}

// push stores the database of a folder as its makers do, and returns the digest.
func (m *mirror) push(dir string) string {
	m.t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close(), zipped.Close()); err != nil {
		m.t.Fatal(err)
	}
	layer := static.NewLayer(out.Bytes(), types.MediaType(m.layerType))
	img, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{Layer: layer})
	if err != nil {
		m.t.Fatal(err)
	}
	img = mutate.ConfigMediaType(img, "application/vnd.aquasec.trivy.config.v1+json")
	m.write(img)
	digest, err := img.Digest()
	if err != nil {
		m.t.Fatal(err)
	}
	return digest.String()
}

func (m *mirror) write(img v1.Image) {
	m.t.Helper()
	ref, err := name.ParseReference(m.ref)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		m.t.Fatal(err)
	}
}

// online are the options of a run that downloads from the mirror.
func (m *mirror) online(cache string) scan.Options {
	o := options(m.t, store(m.t, imageOf(m.t, system(m.t, "3.22.1", base, nil), amd64)))
	o.Offline = false
	o.Database = scan.Database{Repository: m.ref, CacheDir: cache}
	return o
}

// pass runs the stage, which must pass.
func pass(t *testing.T, o scan.Options) (gate.StageReport, gate.Report) {
	t.Helper()
	s, report := run(t, o)
	if s.Verdict != gate.Passed {
		t.Fatalf("%s: %s", s.Verdict, s.Error)
	}
	return s, report
}

func TestR16DownloadIsKeptWhileItIsFresh(t *testing.T) {
	m, cache := newMirror(t), t.TempDir()
	digest := m.push(buildDB(t, now.Add(-time.Hour)))
	for range 2 {
		_, report := pass(t, m.online(cache))
		if d := report.Provenance.Database; d.Digest != digest || d.Source != m.ref || !d.UpdatedAt.Equal(now.Add(-time.Hour)) || d.Age != "1h0m0s" {
			t.Errorf("%+v, want %s", d, digest)
		}
	}
	offline := m.online(cache)
	offline.Offline = true
	pass(t, offline)
	if n := m.downloads.Load(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
	// A day later there is a newer one.
	later := m.online(cache)
	later.Now = func() time.Time { return now.Add(30 * time.Hour) }
	digest = m.push(buildDB(t, now.Add(29*time.Hour)))
	if _, report := pass(t, later); report.Provenance.Database.Digest != digest {
		t.Errorf("%+v", report.Provenance.Database)
	}
	if n := m.downloads.Load(); n != 2 {
		t.Errorf("%d downloads, want 2", n)
	}
}

func TestR16NothingIsKeptWithoutACacheFolder(t *testing.T) {
	m := newMirror(t)
	m.push(buildDB(t, now))
	pass(t, m.online(""))
}

func TestR57DownloadedOnceByRunsAtTheSameTime(t *testing.T) {
	m, cache := newMirror(t), t.TempDir()
	m.push(buildDB(t, now))
	var wg sync.WaitGroup
	for range 4 {
		o := m.online(cache)
		wg.Go(func() {
			s := scan.New(o)
			res, err := s.Run(t.Context())
			if err != nil || len(res.Images) != 1 {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := m.downloads.Load(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}

func TestR50NoMoreRequestsAreAllowed(t *testing.T) {
	m, cache := newMirror(t), t.TempDir()
	m.push(buildDB(t, now))
	pass(t, m.online(cache))
	m.status.Store(http.StatusTooManyRequests)
	for _, test := range []struct {
		after   time.Duration
		verdict gate.Verdict
	}{{30 * time.Hour, gate.Passed}, {60 * time.Hour, gate.Error}} {
		o := m.online(cache)
		o.Now = func() time.Time { return now.Add(test.after) }
		s, _ := run(t, o)
		if s.Verdict != test.verdict {
			t.Errorf("after %s: %s %s", test.after, s.Verdict, s.Error)
		}
		if noted := strings.Contains(strings.Join(s.Notes, " "), "could not be updated"); noted != (test.verdict == gate.Passed) {
			t.Errorf("after %s: %q", test.after, s.Notes)
		}
	}
}

func TestR50BadDownloadReplacesNothing(t *testing.T) {
	m, cache := newMirror(t), t.TempDir()
	good := m.push(buildDB(t, now))
	pass(t, m.online(cache))
	broken := buildDB(t, now.Add(29*time.Hour))
	edit(t, broken, "trivy.db", func(b []byte) []byte { return b[:len(b)/2] })
	m.push(broken)
	o := m.online(cache)
	o.Now = func() time.Time { return now.Add(30 * time.Hour) }
	s, report := pass(t, o)
	if report.Provenance.Database.Digest != good || len(s.Notes) == 0 || !strings.Contains(s.Notes[0], "damaged") {
		t.Errorf("%+v %q", report.Provenance.Database, s.Notes)
	}
}

func TestR08ChangedCacheIsNotUsed(t *testing.T) {
	m, cache := newMirror(t), t.TempDir()
	m.push(buildDB(t, now))
	pass(t, m.online(cache))
	kept, err := filepath.Glob(filepath.Join(cache, "trivy-db", "*", "*-db"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	edit(t, kept[0], "trivy.db", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("CVE-2025-9230"), []byte("CVE-2025-0000")) })
	offline := m.online(cache)
	offline.Offline = true
	if s, _ := run(t, offline); s.Verdict != gate.Error || !strings.Contains(s.Error, "changed after it was downloaded") {
		t.Errorf("%s: %s", s.Verdict, s.Error)
	}
	pass(t, m.online(cache)) // downloads it again
	if n := m.downloads.Load(); n != 2 {
		t.Errorf("%d downloads, want 2", n)
	}
}

func TestR16OfflineWithoutADatabase(t *testing.T) {
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64)))
	o.Database = scan.Database{CacheDir: t.TempDir()}
	s, _ := run(t, o)
	if s.Verdict != gate.Error || !strings.Contains(s.Failures[0].Hint, "portcullis db update") {
		t.Errorf("%s %+v", s.Verdict, s.Failures)
	}
}

func TestR16ArtifactThatIsNoDatabase(t *testing.T) {
	m := newMirror(t)
	m.write(imageOf(t, system(t, "3.22.1", base, nil), amd64))
	if s, _ := run(t, m.online(t.TempDir())); s.Verdict != gate.Error || !strings.Contains(s.Error, "has 0 layers of type") {
		t.Errorf("%s: %s", s.Verdict, s.Error)
	}
}

func TestR54RegistryThatNeverAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	o := options(t, strings.TrimPrefix(server.URL, "http://")+"/shop:1")
	stage := scan.New(o)
	report := gate.Run(t.Context(), gate.Plan{
		Steps:        []gate.Step{{Stage: stage, Required: true}},
		StageTimeout: 200 * time.Millisecond,
	})
	if err := stage.Close(); err != nil {
		t.Error(err)
	}
	s, _ := report.Stage("scan")
	if s.Verdict != gate.Error || !strings.Contains(s.Error, "timeout") {
		t.Errorf("%s: %s", s.Verdict, s.Error)
	}
	if left, _ := os.ReadDir(o.Fetcher.TempDir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPrivateImageHint(t *testing.T) {
	m := newMirror(t)
	m.status.Store(http.StatusForbidden)
	s, _ := run(t, options(t, m.ref))
	if s.Verdict != gate.Error || !strings.Contains(s.Failures[0].Hint, "docker login 127.0.0.1") {
		t.Errorf("%s %+v", s.Verdict, s.Failures)
	}
}
