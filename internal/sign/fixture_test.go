package sign

import (
	"context"
	"flag"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/cosign/v2/pkg/cosign"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	noon     = time.Date(2025, 11, 23, 12, 0, 0, 0, time.UTC)
	password = []byte("correct horse battery staple")
)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// keys makes one key pair for all tests: encrypting one is slow on purpose.
var keys = sync.OnceValues(func() ([]byte, []byte) {
	private, public, err := GenerateKey(password)
	if err != nil {
		panic(err)
	}
	return private, public
})

// decrypted is that key, ready to sign: decrypting one is slow too.
var decrypted = sync.OnceValue(func() *pair {
	private, _ := keys()
	signer, err := cosign.LoadPrivateKey(private, password, nil)
	if err != nil {
		panic(err)
	}
	public, err := signer.PublicKey()
	if err != nil {
		panic(err)
	}
	key, err := newPair(signer, public)
	if err != nil {
		panic(err)
	}
	return key
})

// stage returns the stage with its key decrypted, as after Prepare.
func stage(o Options) *Stage {
	s := New(o)
	s.key = decrypted()
	return s
}

// A world is a registry that records what it is asked, and a key on disk.
type world struct {
	t       testing.TB
	host    string
	private string // file
	public  string // PEM

	mu       sync.Mutex
	requests []string
	answer   func(http.ResponseWriter, *http.Request) bool // true: it answered
}

func newWorld(t testing.TB, options ...registry.Option) *world {
	private, public := keys()
	w := &world{t: t, private: filepath.Join(t.TempDir(), "cosign.key"), public: string(public)}
	w.write(w.private, private)
	options = append([]registry.Option{registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true)}, options...)
	inner := registry.New(options...)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.requests = append(w.requests, r.Method+" "+r.URL.Path)
		answer := w.answer
		w.mu.Unlock()
		if answer == nil || !answer(rw, r) {
			inner.ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(server.Close)
	w.host = strings.TrimPrefix(server.URL, "http://")
	return w
}

func (w *world) write(path string, content []byte) {
	w.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// writes returns the requests that changed something since the last call.
func (w *world) writes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var changed []string
	for _, r := range w.requests {
		if !strings.HasPrefix(r, "GET ") && !strings.HasPrefix(r, "HEAD ") {
			changed = append(changed, r)
		}
	}
	w.requests = nil
	return changed
}

func (w *world) options() Options {
	return Options{
		Key:      w.private,
		Password: func(context.Context) ([]byte, error) { return append([]byte(nil), password...), nil },
		Tool:     gate.Tool{Name: "portcullis", Version: "v0.1.0"},
		Config:   &gate.Config{Digest: "sha256:" + strings.Repeat("c", 64), Source: "portcullis.yaml"},
		Now:      at(noon),
	}
}

func (w *world) verify(image string) VerifyOptions {
	return VerifyOptions{Image: image, Key: w.public, Now: at(noon)}
}

// push pushes a single image and returns its entry in a report.
func (w *world) push(repo string) gate.Image {
	w.t.Helper()
	img, err := random.Image(64, 1)
	w.check(err)
	ref := w.ref(repo + ":1")
	w.check(remote.Write(ref, img))
	digest := w.digest(img)
	return gate.Image{Reference: ref.String(), Digest: digest, Platforms: []gate.Platform{
		{Name: "linux/amd64", Digest: digest, Verdict: gate.Passed, OS: "alpine 3.20", Packages: 14},
	}}
}

// pushIndex pushes an index of two platforms and an attestation manifest.
func (w *world) pushIndex(repo string) gate.Image {
	w.t.Helper()
	image := gate.Image{Reference: w.ref(repo + ":1").String()}
	index := v1.ImageIndex(empty.Index)
	for _, p := range []v1.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm64"}, {OS: "unknown", Architecture: "unknown"}} {
		img, err := random.Image(64, 1)
		w.check(err)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &p}})
		platform := gate.Platform{Name: p.String(), Digest: w.digest(img), Verdict: gate.Passed, OS: "alpine 3.20", Packages: 14}
		if p.OS == "unknown" {
			platform.Verdict, platform.Reason = gate.Skipped, "an attestation, not an image"
		}
		image.Platforms = append(image.Platforms, platform)
	}
	w.check(remote.WriteIndex(w.ref(repo+":1"), index))
	image.Digest = w.digest(index)
	return image
}

func (w *world) ref(s string) name.Tag {
	w.t.Helper()
	ref, err := name.NewTag(w.host + "/" + s)
	w.check(err)
	return ref
}

func (w *world) digest(d interface{ Digest() (v1.Hash, error) }) string {
	w.t.Helper()
	h, err := d.Digest()
	w.check(err)
	return h.String()
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// passed is the report of a run in which everything passed.
func passed(images ...gate.Image) gate.Report {
	report := gate.Report{Schema: gate.Schema, Threshold: gate.High, Images: images}
	report.Stages = []gate.StageReport{
		{Name: "policy", Verdict: gate.Passed, Duration: 12, Checked: gate.Checked{Files: 3, Objects: 5, Rules: 60}},
		{Name: "scan", Verdict: gate.Passed, Checked: gate.Checked{Images: 2, Packages: 28, Rules: 3}},
	}
	for _, image := range images {
		report.Stages[1].Findings = append(report.Stages[1].Findings, gate.Finding{
			Rule: "CVE-2024-0001", Severity: gate.Medium, Image: image.Digest, Platforms: []string{"linux/amd64"},
			Packages: []gate.Package{{Name: "libssl3", Installed: "3.1.0-r1", Fixed: "3.1.0-r2"}},
		})
	}
	report.Context = gate.Context{Event: "push", Repository: "acme/shop", SHA: strings.Repeat("a", 40)}
	report.Provenance = gate.Provenance{
		Database: &gate.Database{Digest: "sha256:" + strings.Repeat("d", 64), UpdatedAt: noon.Add(-time.Hour), Source: "mirror.gcr.io/aquasec/trivy-db:2"},
		Policies: &gate.Policies{Digest: "sha256:" + strings.Repeat("b", 64)},
	}
	return report
}

// mustSign signs and returns the signature of the only image.
func (w *world) mustSign(o Options, report gate.Report) *gate.Signature {
	w.t.Helper()
	result, err := stage(o).Sign(w.t.Context(), report)
	w.check(err)
	return result.Images[0].Signature
}
