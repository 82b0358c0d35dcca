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

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// edit rewrites a file of a database.
func edit(t *testing.T, dir, name string, change func([]byte) []byte) {
	t.Helper()
	name = filepath.Join(dir, name)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, change(raw), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestR16DatabaseThatCannotBeTrusted(t *testing.T) {
	img := store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64))
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	bytesOf := func(name string, change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) { edit(t, dir, name, change) }
	}
	replace := func(from, to string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(from), []byte(to)) }
	}
	for _, test := range []struct {
		name    string
		updated time.Time
		damage  func(*testing.T, string)
		want    string
	}{
		{"missing", now, remove("trivy.db"), "there is no trivy.db"},
		{"without metadata", now, remove("metadata.json"), "there is no metadata.json"},
		{"metadata that is no JSON", now, bytesOf("metadata.json", func([]byte) []byte { return []byte("{") }), "reading its metadata"},
		{"another schema", now, bytesOf("metadata.json", replace(`"Version":2`, `"Version":1`)), "schema version 1, want 2"},
		{"no date", time.Time{}, nil, "does not say when it was made"},
		{"too old", now.Add(-49 * time.Hour), nil, "49h0m0s old, made on 2026-08-30; the limit is 48h0m0s"},
		{"from the future", now.Add(2 * time.Hour), nil, "dated in the future"},
		{"no database at all", now, bytesOf("trivy.db", func([]byte) []byte { return []byte("hello") }), "damaged"},
		{"no bytes", now, bytesOf("trivy.db", func([]byte) []byte { return nil }), "damaged"},
		{"truncated", now, bytesOf("trivy.db", func(b []byte) []byte { return b[:len(b)/2] }), "damaged"},
		{"overwritten in the middle", now, bytesOf("trivy.db", func(b []byte) []byte {
			for i := 3 * 4096; i < len(b); i++ {
				b[i] ^= 0x55
			}
			return b
		}), "damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options(t, img)
			dir := buildDB(t, test.updated)
			if test.damage != nil {
				test.damage(t, dir)
			}
			o.Database.Repository = dir
			s, report := run(t, o)
			if s.Verdict != gate.Error || report.ExitCode != gate.ExitIncomplete || report.Images[0].Passed() {
				t.Errorf("%s, exit code %d", s.Verdict, report.ExitCode)
			}
			if !strings.Contains(s.Error, test.want) || s.Failures[0].Hint == "" {
				t.Errorf("got %+v, want %q", s.Failures[0], test.want)
			}
		})
	}
}

func TestR16EmptyDatabase(t *testing.T) {
	for name, yaml := range map[string]string{
		"nothing":         "[]\n",
		"no advisories":   "- bucket: vulnerability\n  pairs:\n    - key: CVE-2099-1\n      value: {Title: a}\n",
		"empty bucket":    "- bucket: alpine 3.22\n- bucket: vulnerability\n  pairs:\n    - key: CVE-2099-1\n      value: {Title: a}\n",
		"no descriptions": "- bucket: alpine 3.22\n  pairs:\n    - bucket: musl\n      pairs:\n        - key: CVE-2099-1\n          value: {FixedVersion: \"1\"}\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64)))
			dir := t.TempDir()
			if err := scan.BuildDatabase(dir, fstest.MapFS{"a.yaml": {Data: []byte(yaml)}}, now); err != nil {
				t.Fatal(err)
			}
			o.Database.Repository = dir
			if s, _ := run(t, o); s.Verdict != gate.Error || !strings.Contains(s.Error, "empty") {
				t.Errorf("%s: %s", s.Verdict, s.Error)
			}
		})
	}
}

// A mirror is a registry with a database in it, which counts its downloads.
type mirror struct {
	t         *testing.T
	ref       string
	downloads atomic.Int32
	status    atomic.Int32 // answered instead, if not 0
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	m := &mirror{t: t}
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
	layer := static.NewLayer(out.Bytes(), "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip")
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
		if d := report.Provenance.Database; d.Digest != digest || d.Source != m.ref || !d.UpdatedAt.Equal(now.Add(-time.Hour)) {
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
	if s.Verdict != gate.Error || !strings.Contains(s.Failures[0].Hint, "portcullis run --stages scan") {
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
