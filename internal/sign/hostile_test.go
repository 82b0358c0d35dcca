package sign

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ocistatic "github.com/google/go-containerregistry/pkg/v1/static"
	ocitypes "github.com/google/go-containerregistry/pkg/v1/types"
	ociremote "github.com/sigstore/cosign/v2/pkg/oci/remote"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
	"github.com/sigstore/cosign/v2/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// refer attaches anything at all to the image as a bundle.
func (w writer) refer(t *testing.T, mediaType string, content []byte) {
	t.Helper()
	layers := []v1.Layer{ocistatic.NewLayer(content, ocitypes.MediaType(mediaType))}
	if err := ociremote.WriteReferrer(w.digest, mediaType, layers, nil, w.registry.cosign()); err != nil {
		t.Fatal(err)
	}
}

const bundleMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// Whoever may push to the repository can attach rubbish: it proves nothing and
// takes nothing away from a true signature.
func TestR41RubbishProvesNothing(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, zeros{}, 64<<20); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	rubbish := map[string][]byte{
		"empty":         {},
		"text":          []byte("hello"),
		"null":          []byte("null"),
		"empty object":  []byte("{}"),
		"no content":    []byte(`{"mediaType":"` + bundleMediaType + `"}`),
		"old version":   []byte(`{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.1","verificationMaterial":{"publicKey":{"hint":""}},"dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AAAA"}]}}`),
		"no signature":  []byte(`{"mediaType":"` + bundleMediaType + `","verificationMaterial":{"publicKey":{"hint":""}},"dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[]}}`),
		"deep":          []byte(strings.Repeat(`{"dsseEnvelope":`, 100_000)),
		"gzip bomb":     bomb.Bytes(),
		"above limit":   make([]byte, maxAttachment+1),
		"foreign claim": []byte(`{"critical":null}`),
	}
	w := newWorld(t)
	image := w.push("shop")
	wr := w.writer(image)
	for name, content := range rubbish {
		wr.refer(t, bundleMediaType, content)
		for suffix, mediaType := range map[string]string{"sig": types.SimpleSigningMediaType, "att": types.DssePayloadType} {
			layer, err := static.NewSignature(content, "AAAA", static.WithLayerMediaType(ocitypes.MediaType(mediaType)))
			w.check(err)
			if err := wr.tagged(suffix, layer, nil); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	wr.refer(t, "application/spdx+json", []byte("{}"))
	if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrNotVerified) {
		t.Errorf("rubbish: %v", err)
	}
	o := w.options()
	o.Format, o.Attest = "both", []string{"vsa"}
	w.mustSign(o, passed(image))
	v := w.verify(image.Reference)
	v.Require = []string{"vsa"}
	if got, err := Verify(t.Context(), v); err != nil || len(got.Formats) != 2 {
		t.Errorf("signed among rubbish: %+v, %v", got, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A statement of another kind, truly signed, is no signature; nor is one whose
// predicate type only the annotation, which nobody signed, claims.
func TestR41PredicateTypeIsSigned(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	wr := w.writer(image)
	claims, err := attestations([]string{"vuln"}, passed(image), image, wr.digest)
	w.check(err)
	statement, err := claims[0].at(noon)
	w.check(err)
	for _, annotated := range []string{signType, vsaType} {
		for _, format := range formats {
			wr.attach(t, format, annotated, statement)
		}
	}
	v := w.verify(image.Reference)
	if _, err := Verify(t.Context(), v); !errors.Is(err, ErrNoSignature) {
		t.Errorf("signature: %v", err)
	}
	w.check(wr.simple(t.Context()))
	v.Require = []string{"vsa"}
	if _, err := Verify(t.Context(), v); !errors.Is(err, ErrNoAttestation) {
		t.Errorf("attestation: %v", err)
	}
	v.Require = []string{"vuln"}
	if _, err := Verify(t.Context(), v); err != nil {
		t.Errorf("what it is: %v", err)
	}
}

// A classic signature's claims must be claims: any other JSON that the key once
// signed does not do.
func TestR41ClaimsOfAnotherKind(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	wr := w.writer(image)
	for _, claims := range []string{
		`{"critical":{"image":{"docker-manifest-digest":"` + image.Digest + `"},"type":"atomic container signature"}}`,
		`{"critical":{"image":{"docker-manifest-digest":""},"type":"cosign container image signature"}}`,
		`[]`, `"` + image.Digest + `"`,
	} {
		raw, err := wr.key.signer.SignMessage(strings.NewReader(claims))
		w.check(err)
		sig, err := static.NewSignature([]byte(claims), encode(raw))
		w.check(err)
		w.check(wr.tagged("sig", sig, nil))
	}
	if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrNotVerified) {
		t.Errorf("%v", err)
	}
}

func encode(b []byte) string {
	text, _ := json.Marshal(b) // a []byte is base64 in JSON
	return strings.Trim(string(text), `"`)
}

// A registry that answers without end, or with other bytes than asked for, is
// an error and takes neither memory nor time.
func TestR41EndlessAnswers(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	o := w.options()
	o.Format = "both"
	w.mustSign(o, passed(image))
	for _, path := range []string{"/referrers/", "/manifests/sha256-", "/blobs/"} {
		sent := 0
		w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, path) {
				return false
			}
			rw.Header().Set("Content-Type", "application/vnd.oci.image.index.v1+json")
			chunk := make([]byte, 1<<20)
			for sent < 1<<30 {
				n, err := rw.Write(chunk)
				if sent += n; err != nil {
					break
				}
			}
			return true
		}
		if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrRegistry) {
			t.Errorf("%s: %v", path, err)
		}
		if sent > 2*maxAttachment+(16<<20) {
			t.Errorf("%s: took %d bytes", path, sent)
		}
	}
}

func TestR41TooManyAttachments(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/referrers/") {
			return false
		}
		index := v1.IndexManifest{SchemaVersion: 2, MediaType: ocitypes.OCIImageIndex}
		for i := range maxAttachments + 1 {
			sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
			h, err := v1.NewHash(fmt.Sprintf("sha256:%x", sum))
			w.check(err)
			index.Manifests = append(index.Manifests, v1.Descriptor{MediaType: ocitypes.OCIManifestSchema1, Digest: h})
		}
		rw.Header().Set("Content-Type", string(ocitypes.OCIImageIndex))
		w.check(json.NewEncoder(rw).Encode(index))
		return true
	}
	if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrRegistry) || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%v", err)
	}
}

// A list in pages is not taken for a whole one.
func TestR39PagedReferrers(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	w.mustSign(w.options(), passed(image))
	w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/referrers/") {
			rw.Header().Set("Link", `</v2/shop/referrers/next>; rel="next"`)
		}
		return false
	}
	if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrRegistry) {
		t.Errorf("%v", err)
	}
}

// A report with more findings than can be read back is not attested at all.
func TestLargeAttestationIsRefused(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	report := passed(image)
	report.Stages[1].Findings[0].Packages = []gate.Package{{Name: strings.Repeat("x", maxAttachment)}}
	o := w.options()
	o.Attest = []string{"vuln"}
	if result, err := stage(o).Sign(t.Context(), report); err == nil || len(result.Images) > 0 {
		t.Errorf("%+v, %v", result, err)
	}
}
