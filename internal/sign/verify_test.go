package sign

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/cosign/v2/pkg/oci/static"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

var formats = []string{"bundle", "legacy"}

// writer returns what attaches anything at all in the name of the world's key.
func (w *world) writer(image gate.Image) writer {
	w.t.Helper()
	digest := w.ref("shop").Context().Digest(image.Digest)
	return writer{registry: connect(w.t.Context(), nil, nil, digest), key: decrypted(), digest: digest, now: noon, creator: "test"}
}

// attach signs a statement and attaches it.
func (w writer) attach(t *testing.T, format, predicateType string, statement []byte) {
	t.Helper()
	err := w.attest(t.Context(), predicateType, statement, nil)
	if format == "bundle" {
		err = w.bundle(t.Context(), predicateType, statement)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyFindsNoSignature(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	_, err := Verify(t.Context(), w.verify(image.Reference))
	if !errors.Is(err, ErrNoSignature) || !errors.Is(err, ErrNotVerified) {
		t.Errorf("unsigned: %v", err)
	}

	// An attestation is no signature.
	digest := w.ref("shop").Context().Digest(image.Digest)
	claims, err := attestations([]string{"vuln"}, passed(image), image, digest)
	w.check(err)
	statement, err := claims[0].at(noon)
	w.check(err)
	for _, format := range formats {
		w.writer(image).attach(t, format, vulnType, statement)
	}
	if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrNoSignature) {
		t.Errorf("attested only: %v", err)
	}
}

func TestR40OtherKeyIsRejected(t *testing.T) {
	_, public, err := GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range formats {
		w := newWorld(t)
		image := w.push("shop")
		o := w.options()
		o.Format, o.Attest = format, []string{"vsa"}
		w.mustSign(o, passed(image))
		v := w.verify(image.Reference)
		v.Key = string(public)
		got, err := Verify(t.Context(), v)
		if !errors.Is(err, ErrOtherKey) || got.Digest != "" {
			t.Errorf("%s: %+v, %v", format, got, err)
		}
	}
}

// The image is signed by one key, and attested by another: that is not attested.
func TestR40AttestationOfOtherKey(t *testing.T) {
	private, _, err := GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range formats {
		w := newWorld(t)
		image := w.push("shop")
		w.mustSign(w.options(), passed(image))
		stranger := w.writer(image)
		path := filepath.Join(t.TempDir(), "stranger.key")
		w.write(path, private)
		stranger.key, err = loadPair(t.Context(), Options{Key: path})
		w.check(err)
		stranger.attach(t, format, vsaType, edited(t, image, stranger.digest, func(map[string]any) {}))
		v := w.verify(image.Reference)
		v.Require = []string{"vsa"}
		if got, err := Verify(t.Context(), v); !errors.Is(err, ErrNoAttestation) {
			t.Errorf("%s: %+v, %v", format, got, err)
		}
	}
}

// A true signature of another digest is copied under this one's name.
func TestR39OtherDigest(t *testing.T) {
	for _, format := range formats {
		w := newWorld(t)
		signed, other := w.push("shop"), w.push("shop")
		wr := w.writer(signed)
		wr.digest = w.ref("shop").Context().Digest(other.Digest)
		statement, err := signatureClaim(w.ref("shop").Context().Digest(signed.Digest)).at(noon)
		w.check(err)
		if format == "bundle" {
			w.check(wr.bundle(t.Context(), signType, statement))
		} else {
			w.check(w.writer(signed).simple(t.Context()))
			w.copyTag(signed, other, "sig")
		}
		if _, err := Verify(t.Context(), w.verify(w.host+"/shop@"+other.Digest)); !errors.Is(err, ErrOtherDigest) {
			t.Errorf("%s: %v, want another digest", format, err)
		}
	}
}

func (w *world) copyTag(from, to gate.Image, suffix string) {
	w.t.Helper()
	tag := func(i gate.Image) name.Tag {
		return w.ref("shop:" + strings.Replace(i.Digest, ":", "-", 1) + "." + suffix)
	}
	img, err := remote.Image(tag(from))
	w.check(err)
	w.check(remote.Write(tag(to), img))
}

// One byte of what was signed is changed; the signature stays.
func TestVerifyTamperedPayload(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	wr := w.writer(image)
	r := wr.registry
	w.check(wr.simple(t.Context()))
	sigs, err := r.tagged(wr.digest, "sig")
	w.check(err)
	all, err := sigs.Get()
	w.check(err)
	content, err := read(all[0])
	w.check(err)
	signed, err := all[0].Base64Signature()
	w.check(err)
	changed, err := static.NewSignature([]byte(strings.Replace(string(content), `"creator"`, `"Creator"`, 1)), signed)
	w.check(err)
	w.check(remote.Delete(w.ref("shop:" + strings.Replace(image.Digest, ":", "-", 1) + ".sig")))
	w.check(wr.tagged("sig", changed, nil))
	if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrOtherKey) {
		t.Errorf("legacy: %v", err)
	}
}

func TestR04VerifyResolvesTagOnce(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	w.mustSign(w.options(), passed(image))
	w.writes()
	moved, err := random.Image(64, 1)
	w.check(err)
	asked := 0
	w.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/manifests/1") {
			asked++
		}
		return false
	}
	got, err := Verify(t.Context(), w.verify(image.Reference))
	if err != nil || asked != 1 || got.Digest != image.Digest {
		t.Errorf("%+v, %v after %d look-ups of the tag, want 1", got, err, asked)
	}
	w.check(remote.Write(w.ref("shop:1"), moved))
	if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrNoSignature) {
		t.Errorf("moved tag: %v", err)
	}
}

// A registry that cannot be asked is never "not signed".
func TestVerifyUnreachable(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	o := w.options()
	o.Format = "both"
	w.mustSign(o, passed(image))
	for _, path := range []string{"/manifests/1", "/referrers/", ".sig", ".att", "/blobs/"} {
		w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, path) {
				rw.WriteHeader(http.StatusForbidden)
				return true
			}
			return false
		}
		_, err := Verify(t.Context(), w.verify(image.Reference))
		if !errors.Is(err, ErrRegistry) || errors.Is(err, ErrNotVerified) {
			t.Errorf("no answer for %s: %v", path, err)
		}
	}
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	_, err := Verify(t.Context(), w.verify(strings.TrimPrefix(down.URL, "http://")+"/shop:1"))
	if !errors.Is(err, ErrRegistry) || errors.Is(err, ErrNotVerified) {
		t.Errorf("nobody listens: %v", err)
	}
	w.answer = nil
	if _, err := Verify(t.Context(), w.verify(w.host+"/shop:none")); !errors.Is(err, ErrRegistry) {
		t.Errorf("no such image: %v", err)
	}
}

func TestVerifyOptions(t *testing.T) {
	w := newWorld(t)
	tests := map[string]func(*VerifyOptions){
		"image":              func(o *VerifyOptions) { o.Image = "Not A Reference" },
		"key file":           func(o *VerifyOptions) { o.Key = filepath.Join(t.TempDir(), "none") },
		"private key":        func(o *VerifyOptions) { o.Key = w.private },
		"no key":             func(o *VerifyOptions) { o.Key = "" },
		"predicate":          func(o *VerifyOptions) { o.Require = []string{"slsa"} },
		"negative age":       func(o *VerifyOptions) { o.MaxAge = -1 },
		"age of nothing":     func(o *VerifyOptions) { o.MaxAge = 1 },
		"policy of nothing":  func(o *VerifyOptions) { o.Policy = "sha256:00" },
		"policy of vuln too": func(o *VerifyOptions) { o.Policy, o.Require = "sha256:00", []string{"vuln"} },
	}
	for name, change := range tests {
		o := w.verify(w.host + "/shop:1")
		change(&o)
		if _, err := Verify(t.Context(), o); !errors.Is(err, ErrUsage) || errors.Is(err, ErrNotVerified) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(w.requests) > 0 {
		t.Errorf("wrong options asked the registry: %v", w.requests)
	}
}

func TestVerifyStopsWithContext(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, w.verify(image.Reference)); !errors.Is(err, context.Canceled) || errors.Is(err, ErrNotVerified) {
		t.Errorf("%v", err)
	}
}

func FuzzStatement(f *testing.F) {
	f.Add([]byte(`{"_type":"x","subject":[{"digest":{"sha256":"00"}}],"predicateType":"` + vsaType + `","predicate":{"timeVerified":"2025-11-23T12:00:00Z"}}`))
	f.Add([]byte(base64.StdEncoding.EncodeToString([]byte("{}"))))
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := proof{}.state(payload, "sha256:00")
		if err == nil && !strings.Contains(string(p.payload), "0") {
			t.Errorf("%q is not about the digest", payload)
		}
		if c := (claim{at: func(time.Time) ([]byte, error) { return nil, errors.New("no") }}); c.repeats(payload) {
			t.Errorf("%q repeats nothing", payload)
		}
	})
}
