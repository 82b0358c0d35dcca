package sign

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// bomOf is an SBOM of a platform, with so many bytes of filling.
func bomOf(format, platform string, filling int) []byte {
	head := `{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": {"type": "container", "name": %q}}, "properties": [{"name": "filling", "value": %q}]}`
	if format == "spdx" {
		head = `{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": %q, "comment": %q, "documentNamespace": "https://spdx.org/spdxdocs/x", "creationInfo": {"created": "2025-01-01T00:00:00Z", "creators": ["Tool: x"]}}`
	}
	return fmt.Appendf(nil, head, platform, strings.Repeat("x", filling))
}

// described gives the platforms of an image SBOMs, and the options the way to them.
func described(o *Options, image *gate.Image, format string, filling int) {
	boms := map[string][]byte{}
	for i := range image.Platforms {
		p := &image.Platforms[i]
		if p.Verdict == gate.Passed {
			boms[p.Digest] = bomOf(format, p.Name, filling)
			p.SBOM = &gate.SBOM{Format: format, Digest: fmt.Sprintf("sha256:%x", sha256.Sum256(boms[p.Digest]))}
		}
	}
	o.Attest = []string{"sbom"}
	o.SBOM = func(digest string) ([]byte, bool) {
		content, ok := boms[digest]
		return content, ok
	}
}

func TestR38SBOMOfEachPlatform(t *testing.T) {
	for _, signed := range []string{formatBundle, formatLegacy, "both"} {
		for format, predicate := range map[string]string{"cyclonedx": cycloneDXType, "spdx": spdxType} {
			t.Run(signed+" "+format, func(t *testing.T) {
				w := newWorld(t)
				image := w.pushIndex("shop")
				o := w.options()
				o.Format = signed
				described(&o, &image, format, 0)
				if got := w.mustSign(o, passed(image)); !slices.Equal(got.Predicates, []string{predicate}) {
					t.Errorf("predicates %v", got.Predicates)
				}
				for _, p := range image.Platforms[:2] {
					digest := w.ref("shop:1").Context().Digest(p.Digest)
					found, err := gather(t.Context(), connect(t.Context(), nil, nil, digest), digest, decrypted().verifier)
					w.check(err)
					if len(found.proofs) == 0 || found.proofs[0].predicateType != predicate || !bytes.Contains(found.proofs[0].payload, []byte(`"`+p.Name+`"`)) {
						t.Errorf("%s: %+v", p.Name, found)
					}
				}
				v := w.verify(image.Reference)
				v.Require = []string{"sbom"}
				got, err := Verify(t.Context(), v)
				if err != nil || len(got.Attestations) != 1 || got.Attestations[0].PredicateType != predicate {
					t.Errorf("%+v, %v", got, err)
				}
				w.writes()
				w.mustSign(o, passed(image))
				if again := w.writes(); len(again) > 0 {
					t.Errorf("attested again: %v", again)
				}
			})
		}
	}
}

func TestSBOMOfASingleImage(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	o := w.options()
	described(&o, &image, "cyclonedx", 0)
	o.Attest = []string{"sbom", "vuln", "vsa"}
	w.mustSign(o, passed(image))
	v := w.verify(image.Reference)
	v.Require = []string{"sbom", "vuln", "vsa"}
	if got, err := Verify(t.Context(), v); err != nil || len(got.Attestations) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestLargeSBOMIsAttestedByDigest(t *testing.T) {
	for _, format := range []string{"cyclonedx", "spdx"} {
		w := newWorld(t)
		image := w.push("shop")
		o := w.options()
		described(&o, &image, format, inline)
		w.mustSign(o, passed(image))
		digest := w.ref("shop:1").Context().Digest(image.Digest)
		found, err := gather(t.Context(), connect(t.Context(), nil, nil, digest), digest, decrypted().verifier)
		w.check(err)
		for _, p := range found.proofs {
			if p.predicateType == signType {
				continue
			}
			if got, err := named(p.payload); err != nil || got != image.Platforms[0].SBOM.Digest || len(p.payload) > 2000 {
				t.Errorf("%s, %v, %d bytes", got, err, len(p.payload))
			}
		}
		layer, err := remote.Layer(digest.Context().Digest(image.Platforms[0].SBOM.Digest))
		w.check(err)
		if size, err := layer.Size(); err != nil || size < inline {
			t.Errorf("%d bytes, %v", size, err)
		}
		v := w.verify(image.Reference)
		v.Require = []string{"sbom"}
		if _, err := Verify(t.Context(), v); err != nil {
			t.Error(err)
		}
		w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
			gone := strings.HasSuffix(r.URL.Path, image.Platforms[0].SBOM.Digest)
			if gone {
				rw.WriteHeader(http.StatusNotFound)
			}
			return gone
		}
		if _, err := Verify(t.Context(), v); !errors.Is(err, ErrAttestation) {
			t.Errorf("verified without the SBOM: %v", err)
		}
	}
}

func TestR38SBOMThatIsNotTheOneOfTheReport(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*Options, *gate.Image){
		"another": func(_ *Options, image *gate.Image) {
			image.Platforms[0].SBOM.Digest = "sha256:" + strings.Repeat("0", 64)
		},
		"none":    func(_ *Options, image *gate.Image) { image.Platforms[0].SBOM = nil },
		"no scan": func(o *Options, _ *gate.Image) { o.SBOM = nil },
	} {
		image := w.push("shop")
		o := w.options()
		described(&o, &image, "cyclonedx", 0)
		change(&o, &image)
		w.writes()
		if _, err := stage(o).Sign(t.Context(), passed(image)); err == nil || !strings.Contains(err.Error(), "the SBOM of") {
			t.Errorf("%s: %v", name, err)
		}
		if got := w.writes(); len(got) > 0 {
			t.Errorf("%s: written: %v", name, got)
		}
	}
}

func TestVerifyWantsAnSBOMOfEveryPlatform(t *testing.T) {
	w := newWorld(t)
	image := w.pushIndex("shop")
	o := w.options()
	described(&o, &image, "cyclonedx", 0)
	report := passed(image)
	signed := report.Images[0]
	// As another gate would have it, which looked at one platform only.
	signed.Platforms = slices.Clone(signed.Platforms)
	signed.Platforms[1].Verdict = gate.Skipped
	report.Images = []gate.Image{signed}
	w.mustSign(o, report)
	v := w.verify(image.Reference)
	v.Require = []string{"sbom"}
	if _, err := Verify(t.Context(), v); !errors.Is(err, ErrNoAttestation) || !strings.Contains(err.Error(), image.Platforms[1].Digest) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoSBOM(t *testing.T) {
	for _, predicate := range []string{`{}`, `{"bomFormat":"SWID"}`, `null`, `[]`} {
		raw, err := json.Marshal(statement[json.RawMessage]{PredicateType: cycloneDXType, Predicate: json.RawMessage(predicate)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := named(raw); !errors.Is(err, ErrAttestation) {
			t.Errorf("%s: %v", predicate, err)
		}
	}
}
