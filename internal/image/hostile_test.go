package image_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

func TestR36Bombs(t *testing.T) {
	reg := newRegistry(t)
	big := archiveOf(t, 1, 8<<20) // a thousand times smaller when compressed
	many := archiveOf(t, 200, 0)
	lie := lyingArchive(t, 1<<62)
	for _, test := range []struct {
		name   string
		plain  []byte
		limits image.Limits
	}{
		{"ratio", big, image.Limits{RatioFloor: 1 << 20}},
		{"unpacked bytes", big, image.Limits{Uncompressed: 4 << 20}},
		{"compressed bytes", many, image.Limits{Compressed: 100}},
		{"entries", many, image.Limits{Entries: 100}},
		{"a header that lies", lie, image.Limits{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ref := reg.push("1", withLayer(t, gzipped(t, test.plain), digestOf(t, test.plain)))
			img, err := fetch(t, image.Fetcher{Limits: test.limits}, ref)
			if err != nil {
				t.Fatal(err)
			}
			if err := onlyErr(t, img); !errors.Is(err, image.ErrLimit) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("manifest", func(t *testing.T) {
		index, err := image.Index(sample(t, amd64, "one"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := fetch(t, image.Fetcher{Limits: image.Limits{Manifest: 100}}, reg.push("index", index))
		if err != nil {
			t.Fatal(err)
		}
		if err := onlyErr(t, img); !errors.Is(err, image.ErrLimit) {
			t.Errorf("got %v", err)
		}
	})
}

// lyingArchive has one file that claims to be size bytes long.
func lyingArchive(t *testing.T, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Name: "f", Size: size, Format: tar.FormatGNU}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestR36SparseMemberOfAnArchive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sparse.tar")
	if err := os.WriteFile(file, lyingArchive(t, 1<<40), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fetch(t, image.Fetcher{}, "tar:"+file); !errors.Is(err, image.ErrLimit) {
		t.Errorf("got %v", err)
	}
}

func TestR51FlakyRegistry(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(code) }
	}
	faults := map[string]func(http.ResponseWriter, *http.Request, http.Handler){
		"429": status(http.StatusTooManyRequests),
		"503": status(http.StatusServiceUnavailable),
		"reset": func(http.ResponseWriter, *http.Request, http.Handler) {
			panic(http.ErrAbortHandler)
		},
		"truncated body": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			recorded := httptest.NewRecorder()
			next.ServeHTTP(recorded, r)
			w.Header().Set("Content-Length", recorded.Header().Get("Content-Length"))
			w.WriteHeader(recorded.Code)
			_, _ = w.Write(recorded.Body.Bytes()[:recorded.Body.Len()/2])
			panic(http.ErrAbortHandler)
		},
		"slow": func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	}
	for name, fault := range faults {
		for _, path := range []string{"/blobs/", "/manifests/"} {
			t.Run(name+path, func(t *testing.T) {
				reg := newRegistry(t)
				ref := reg.push("1", sample(t, amd64, "one"))
				for _, times := range []int32{2, 1 << 30} {
					var seen atomic.Int32
					reg.turn(func(w http.ResponseWriter, r *http.Request, next http.Handler) bool {
						if !strings.Contains(r.URL.Path, path) || seen.Add(1) > times {
							return false
						}
						fault(w, r, next)
						return true
					})
					f := image.Fetcher{Attempts: 4, Parallel: 1, Stall: 100 * time.Millisecond}
					img, err := fetch(t, f, ref)
					failed := err != nil || img.Platforms[0].Err != nil
					if always := times > 2; failed != always {
						t.Errorf("after %d faults: %v, %+v", times, err, img)
					}
				}
			})
		}
	}
}

func TestR51NoSecondAttemptForWhatWillNotChange(t *testing.T) {
	reg := newRegistry(t)
	if _, err := fetch(t, image.Fetcher{}, reg.host+"/acme/none:1"); err == nil || !strings.Contains(err.Error(), "not in the registry") {
		t.Errorf("got %v", err)
	}
	if n := reg.count("/manifests/"); n != 1 {
		t.Errorf("%d requests", n)
	}
}
