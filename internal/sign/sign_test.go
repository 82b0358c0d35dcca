package sign

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Every form is written, read back and verified, with and without the
// registry's referrers API.
func TestSignAndVerify(t *testing.T) {
	for format, want := range map[string][]string{"": {"bundle"}, "bundle": {"bundle"}, "legacy": {"legacy"}, "both": {"bundle", "legacy"}} {
		for _, referrers := range []bool{true, false} {
			w := newWorld(t, registry.WithReferrersSupport(referrers))
			image := w.push("shop")
			o := w.options()
			o.Format, o.Attest = format, []string{"vsa", "vuln"}
			result, err := stage(o).Sign(t.Context(), passed(image))
			if err != nil {
				t.Fatal(err)
			}
			got := result.Images[0].Signature
			if got == nil || got.Digest != image.Digest || !got.Verified || !slices.Equal(got.Formats, want) ||
				!slices.Equal(got.Predicates, []string{vsaType, vulnType}) {
				t.Errorf("format %q: signature %+v", format, got)
			}
			if n := 3 * len(want); result.Checked != (gate.Checked{Images: 1, Rules: n}) {
				t.Errorf("format %q: checked %+v, want 1 image and %d signatures", format, result.Checked, n)
			}
			v := w.verify(image.Reference)
			v.Require, v.MaxAge, v.Policy = []string{"vsa", "vuln"}, time.Minute, "sha256:"+strings.Repeat("b", 64)
			verified, err := Verify(t.Context(), v)
			if err != nil {
				t.Fatalf("format %q, referrers %v: %v", format, referrers, err)
			}
			if verified.Digest != image.Digest || verified.Identity != got.Identity || !slices.Equal(verified.Formats, want) {
				t.Errorf("format %q: verification %+v", format, verified)
			}
			if len(verified.Attestations) != 2 || !verified.Attestations[0].Time.Equal(noon) {
				t.Errorf("format %q: attestations %+v", format, verified.Attestations)
			}
		}
	}
}

func TestR37OnlyEvaluatedDigests(t *testing.T) {
	w := newWorld(t)
	image := w.pushIndex("shop")
	o := w.options()
	o.Format, o.Attest = "both", []string{"vsa"}
	w.mustSign(o, passed(image))
	for _, p := range image.Platforms {
		_, err := Verify(t.Context(), w.verify(w.host+"/shop@"+p.Digest))
		if !errors.Is(err, ErrNoSignature) {
			t.Errorf("platform %s: %v, want no signature: only the index is signed", p.Name, err)
		}
	}
	if _, err := Verify(t.Context(), w.verify(image.Reference)); err != nil {
		t.Errorf("index: %v", err)
	}
	tags, err := remote.List(w.ref("shop").Context())
	if err != nil {
		t.Fatal(err)
	}
	stem := strings.Replace(image.Digest, ":", "-", 1)
	if slices.Sort(tags); !slices.Equal(tags, []string{"1", stem + ".att", stem + ".sig"}) {
		t.Errorf("tags %v", tags)
	}
}

func TestR49SigningAgainIsNoOp(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	o := w.options()
	o.Format, o.Attest = "both", []string{"vsa", "vuln"}
	first := w.mustSign(o, passed(image))
	if len(w.writes()) == 0 {
		t.Fatal("the first run wrote nothing")
	}
	o.Now = at(noon.Add(time.Hour)) // the same evidence, a little later
	second := w.mustSign(o, passed(image))
	if got := w.writes(); len(got) > 0 {
		t.Errorf("signing again wrote: %v", got)
	}
	if !second.Verified || second.Identity != first.Identity {
		t.Errorf("signature %+v after %+v", second, first)
	}

	// Old or different evidence is attested anew; signatures never are.
	o.Now = at(noon.Add(renewAfter))
	w.mustSign(o, passed(image))
	report := passed(image)
	report.Context.SHA = strings.Repeat("f", 40)
	w.mustSign(o, report)
	sigs, atts := w.layers(image, "sig"), w.layers(image, "att")
	if sigs != 1 || atts != 2 {
		t.Errorf("%d signatures and %d attestations under the legacy tags, want 1 and 2", sigs, atts)
	}
	v := w.verify(image.Reference)
	v.Require, v.Now = []string{"vsa"}, o.Now
	got, err := Verify(t.Context(), v)
	if err != nil || !got.Attestations[0].Time.Equal(noon.Add(renewAfter)) {
		t.Errorf("newest attestation %+v, %v", got.Attestations, err)
	}
}

// layers counts what a classic tag of the image holds.
func (w *world) layers(image gate.Image, suffix string) int {
	w.t.Helper()
	img, err := remote.Image(w.ref("shop:" + strings.Replace(image.Digest, ":", "-", 1) + "." + suffix))
	w.check(err)
	layers, err := img.Layers()
	w.check(err)
	return len(layers)
}

func TestSignaturesOfOthersStay(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	private, public, err := GenerateKey(password)
	w.check(err)
	other.host = w.host
	other.write(other.private, private)
	other.public = string(public)
	image := w.push("shop")
	for _, one := range []*world{w, other} {
		o := one.options()
		o.Format, o.Attest = "both", []string{"vsa"}
		if _, err := New(o).Sign(t.Context(), passed(image)); err != nil {
			t.Fatal(err)
		}
	}
	o, report := w.options(), passed(image)
	o.Format, o.Attest = "both", []string{"vsa"}
	report.Context.SHA = "another" // takes the place of our attestation, not of theirs
	w.mustSign(o, report)
	if n := w.layers(image, "att"); n != 2 {
		t.Errorf("%d attestations, want one of each key", n)
	}
	for _, one := range []*world{w, other} {
		v := one.verify(image.Reference)
		v.Require = []string{"vsa"}
		if got, err := Verify(t.Context(), v); err != nil || len(got.Formats) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestSameDigestUnderTwoReferences(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	again := image
	again.Reference = w.host + "/shop@" + image.Digest
	result, err := stage(w.options()).Sign(t.Context(), passed(image, again))
	if err != nil || result.Images[0].Signature == nil || result.Images[1].Signature == nil {
		t.Fatalf("%+v, %v", result, err)
	}
	if n := w.bundles(image); n != 1 {
		t.Errorf("%d bundles, want 1", n)
	}
}

func (w *world) bundles(image gate.Image) int {
	w.t.Helper()
	index, err := remote.Referrers(w.ref("shop").Context().Digest(image.Digest))
	w.check(err)
	manifest, err := index.IndexManifest()
	w.check(err)
	return len(manifest.Manifests)
}

// Whatever goes wrong, there is an error and no claim; and where the fault is
// known before, nothing reaches the registry.
func TestR03NothingIsSigned(t *testing.T) {
	tests := map[string]struct {
		change func(*gate.Report)
		want   string
	}{
		"a stage failed":     {func(r *gate.Report) { r.Stages[0].Verdict = gate.Failed }, "policy stage did not pass: failed"},
		"a stage is unknown": {func(r *gate.Report) { r.Stages[1].Verdict = gate.Error }, "scan stage did not pass: error"},
		"no image":           {func(r *gate.Report) { r.Images = nil }, "no image"},
		"a platform failed":  {func(r *gate.Report) { r.Images[1].Platforms[0].Verdict = gate.Failed }, "not every platform passed"},
		"a platform unknown": {func(r *gate.Report) { r.Images[1].Platforms[0].Verdict = gate.Error }, "not every platform passed"},
		"platforms skipped":  {func(r *gate.Report) { r.Images[1].Platforms[0].Verdict = gate.Skipped }, "not every platform passed"},
		"no platform":        {func(r *gate.Report) { r.Images[1].Platforms = nil }, "not every platform passed"},
		"no digest":          {func(r *gate.Report) { r.Images[1].Digest = "" }, "not a sha256 digest"},
		"a tag as digest":    {func(r *gate.Report) { r.Images[1].Digest = "latest" }, "not a sha256 digest"},
		"a platform without": {func(r *gate.Report) { r.Images[1].Platforms[0].Digest = "" }, "not a sha256 digest"},
		"other than asked":   {func(r *gate.Report) { r.Images[1].Reference = "localhost/shop@sha256:" + strings.Repeat("0", 64) }, "another digest was scanned"},
		"a layout":           {func(r *gate.Report) { r.Images[1].Reference = "oci:build/shop" }, "no registry"},
		"an archive":         {func(r *gate.Report) { r.Images[1].Reference = "tar:shop.tar" }, "no registry"},
		"an engine's image":  {func(r *gate.Report) { r.Images[1].Reference = "docker:shop" }, "no registry"},
		"no reference":       {func(r *gate.Report) { r.Images[1].Reference = "" }, "parsing"},
		"not in registry":    {func(r *gate.Report) { setDigest(&r.Images[1], "sha256:"+strings.Repeat("0", 64)) }, "nothing was signed"},
		"nothing to attest":  {func(r *gate.Report) { r.Provenance.Policies = nil }, "neither policies nor configuration"},
	}
	w := newWorld(t)
	images := []gate.Image{w.push("shop"), w.push("cart")}
	w.writes()
	o := w.options()
	o.Attest, o.Config = []string{"vsa"}, nil
	signer := stage(o)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			report := passed(slices.Clone(images)...)
			report.Images[1].Platforms = slices.Clone(images[1].Platforms)
			test.change(&report)
			result, err := signer.Sign(t.Context(), report)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if len(result.Images) > 0 || result.Checked != (gate.Checked{}) {
				t.Errorf("claims %+v", result)
			}
			if got := w.writes(); len(got) > 0 {
				t.Errorf("wrote %v", got)
			}
		})
	}
}

func setDigest(image *gate.Image, digest string) {
	image.Digest, image.Platforms[0].Digest = digest, digest
}

func TestR52RegistryRefusesWrites(t *testing.T) {
	for _, format := range []string{"bundle", "legacy"} {
		w := newWorld(t)
		image := w.push("shop")
		w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost && r.Method != http.MethodPut {
				return false
			}
			rw.WriteHeader(http.StatusForbidden)
			return true
		}
		o := w.options()
		o.Format = format
		result, err := stage(o).Sign(t.Context(), passed(image))
		if !errors.Is(err, ErrRegistry) || len(result.Images) > 0 {
			t.Errorf("%s: %+v, %v", format, result, err)
		}
	}
}

// What could not be attested is not signed either.
func TestR52AttestationsComeFirst(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, ".att") {
			return false
		}
		rw.WriteHeader(http.StatusForbidden)
		return true
	}
	o := w.options()
	o.Format, o.Attest = "both", []string{"vsa"}
	if _, err := stage(o).Sign(t.Context(), passed(image)); !errors.Is(err, ErrRegistry) {
		t.Errorf("%v", err)
	}
	if _, err := Verify(t.Context(), w.verify(image.Reference)); !errors.Is(err, ErrNoSignature) {
		t.Errorf("%v", err)
	}
}

// A registry that takes a signature and does not keep it is found out.
func TestR52WriteIsLost(t *testing.T) {
	for _, format := range []string{"bundle", "legacy"} {
		w := newWorld(t)
		image := w.push("shop")
		w.answer = func(rw http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/") {
				return false
			}
			rw.WriteHeader(http.StatusCreated)
			return true
		}
		o := w.options()
		o.Format = format
		result, err := stage(o).Sign(t.Context(), passed(image))
		if err == nil || !strings.Contains(err.Error(), "could not be verified") || len(result.Images) > 0 {
			t.Errorf("%s: %+v, %v", format, result, err)
		}
	}
}
