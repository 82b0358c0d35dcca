package sign

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Each summary is truly signed by the key and attached to the image, and still
// says something else than what is asked.
func TestR39ReplayAndRollBack(t *testing.T) {
	edit := func(path string, value any) func(map[string]any) {
		return func(s map[string]any) {
			keys := strings.Split(path, ".")
			for _, k := range keys[:len(keys)-1] {
				s = s[k].(map[string]any)
			}
			s[keys[len(keys)-1]] = value
		}
	}
	other := strings.Repeat("0", 64)
	tests := map[string]struct {
		edit func(map[string]any)
		want error
		text string
	}{
		"as it is":        {func(map[string]any) {}, nil, ""},
		"too old":         {edit("predicate.timeVerified", noon.Add(-25*time.Hour)), ErrAttestation, "older than 24h"},
		"future":          {edit("predicate.timeVerified", noon.Add(time.Hour)), ErrAttestation, "dated in the future"},
		"no date":         {edit("predicate.timeVerified", time.Time{}), ErrAttestation, "does not say when"},
		"failed":          {edit("predicate.verificationResult", "FAILED"), ErrAttestation, `"FAILED"`},
		"no result":       {edit("predicate.verificationResult", ""), ErrAttestation, "not PASSED"},
		"repository":      {edit("predicate.resourceUri", "oci://ghcr.io/evil/shop@sha256:"+other), ErrAttestation, "another image"},
		"policy":          {edit("predicate.policy", policy{Digest: map[string]string{"sha256": other}}), ErrAttestation, "another policy"},
		"verifier":        {edit("predicate.verifier.id", "https://example.com/lookalike"), ErrAttestation, "another verifier"},
		"predicate type":  {edit("predicateType", "https://slsa.dev/provenance/v1"), ErrNoAttestation, "verification_summary"},
		"subject digest":  {edit("subject", []subject{{Digest: map[string]string{"sha256": other}}}), ErrNoAttestation, ""},
		"no subject":      {edit("subject", []subject{}), ErrNoAttestation, ""},
		"subject sha512":  {edit("subject", []subject{{Digest: map[string]string{"sha512": other + other}}}), ErrNoAttestation, ""},
		"not a summary":   {edit("predicate", "PASSED"), ErrAttestation, ""},
		"predicate is []": {edit("predicate", []string{}), ErrAttestation, ""},
	}
	for _, format := range formats {
		for name, test := range tests {
			t.Run(format+"/"+name, func(t *testing.T) {
				w := newWorld(t)
				image := w.push("shop")
				wr := w.writer(image)
				w.check(wr.simple(t.Context()))
				wr.attach(t, format, vsaType, edited(t, image, wr.digest, test.edit))
				v := w.verify(image.Reference)
				v.Require, v.MaxAge, v.Policy = []string{"vsa"}, 24*time.Hour, "sha256:"+strings.Repeat("b", 64)
				_, err := Verify(t.Context(), v)
				if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.text) {
					t.Errorf("%v, want %v %q", err, test.want, test.text)
				}
			})
		}
	}
}

// edited returns the true summary of an image with one change.
func edited(t *testing.T, image gate.Image, digest name.Digest, edit func(map[string]any)) []byte {
	t.Helper()
	claims, err := attestations([]string{"vsa"}, passed(image), image, digest)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := claims[0].at(noon)
	if err != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(statement, &s); err != nil {
		t.Fatal(err)
	}
	edit(s)
	statement, err = json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return statement
}

// A summary that passed does not outlive a newer one that failed, even where
// none is required.
func TestR39NewerFailure(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	o := w.options()
	o.Attest = []string{"vsa"}
	w.mustSign(o, passed(image))
	wr := w.writer(image)
	fail := func(when time.Time) {
		wr.attach(t, "bundle", vsaType, edited(t, image, wr.digest, func(s map[string]any) {
			p := s["predicate"].(map[string]any)
			p["verificationResult"], p["timeVerified"] = "FAILED", when
		}))
	}
	for _, step := range []struct {
		after time.Duration
		want  error
	}{{-time.Minute, nil}, {time.Minute, ErrAttestation}} {
		fail(noon.Add(step.after))
		for _, require := range [][]string{{"vsa"}, nil} {
			v := w.verify(image.Reference)
			v.Require = require
			if _, err := Verify(t.Context(), v); !errors.Is(err, step.want) {
				t.Errorf("failed %s after it passed, require %v: %v, want %v", step.after, require, err, step.want)
			}
		}
	}
}
