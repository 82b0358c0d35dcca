package sign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/cosign/v2/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// The types of what is attached to an image.
const (
	statementType = "https://in-toto.io/Statement/v1"
	signType      = types.CosignSignPredicateType // a signature, as a bundle
	simpleType    = "simplesigning"               // a signature, in the legacy form
	vulnType      = "https://cosign.sigstore.dev/attestation/vuln/v1"
	vsaType       = "https://slsa.dev/verification_summary/v1"
)

// predicates maps the names that options take to predicate types, of which an
// attestation has one.
var predicates = map[string][]string{"sbom": {cycloneDXType, spdxType}, "vuln": {vulnType}, "vsa": {vsaType}}

// known returns an error for a name that stands for no predicate.
func known(short string) error {
	if _, ok := predicates[short]; !ok {
		return fmt.Errorf("%w: unknown attestation %q, want one of sbom, vsa, vuln", ErrUsage, short)
	}
	return nil
}

// A statement is an in-toto statement: who it is about and what is said.
type statement[P any] struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     P         `json:"predicate,omitempty"`
}

type subject struct {
	Name   string            `json:"name,omitempty"`
	Digest map[string]string `json:"digest"`
}

// about reports whether the statement names the digest.
func (s statement[P]) about(digest string) bool {
	return slices.ContainsFunc(s.Subject, func(s subject) bool { return "sha256:"+s.Digest["sha256"] == digest })
}

// A claim is a statement that is to be attached to one digest. It is a pure
// function of what is attested and of the time.
type claim struct {
	predicateType string
	at            func(time.Time) ([]byte, error)
	timeless      bool      // it stays true: what is in an image does not change
	artifact      *artifact // what it names by digest; nil: nothing
}

// signatureClaim is the statement that a signature in bundle form signs.
func signatureClaim(digest name.Digest) claim {
	return claim{predicateType: signType, at: func(time.Time) ([]byte, error) {
		return json.Marshal(statement[*struct{}]{
			Type:          statementType,
			Subject:       []subject{{Digest: map[string]string{"sha256": digestHex(digest.DigestStr())}}},
			PredicateType: signType,
		})
	}}
}

// attestations returns the claims that the named predicates make of an image.
func attestations(names []string, report gate.Report, image gate.Image, digest name.Digest) ([]claim, error) {
	var claims []claim
	for _, short := range names {
		if err := known(short); err != nil {
			return nil, err
		}
		if short == "sbom" {
			continue // is about the platforms
		}
		t := predicates[short][0]
		predicate := func(now time.Time) (any, error) { return vuln(report, image, now), nil }
		if t == vsaType {
			predicate = func(now time.Time) (any, error) { return summarize(report, image, digest, now) }
		}
		claims = append(claims, claim{predicateType: t, at: func(now time.Time) ([]byte, error) {
			p, err := predicate(now.UTC().Truncate(time.Second))
			if err != nil {
				return nil, err
			}
			return json.Marshal(statement[any]{
				Type:          statementType,
				Subject:       attested(image, digest),
				PredicateType: t,
				Predicate:     p,
			})
		}})
	}
	return claims, nil
}

// attested names what an attestation is about: the image or index, and each
// platform that was scanned, as a fragment of the repository's name.
func attested(image gate.Image, digest name.Digest) []subject {
	repo := digest.Context().Name()
	var list []subject
	for _, d := range subjects(image) {
		s := subject{Name: repo, Digest: map[string]string{"sha256": digestHex(d)}}
		i := slices.IndexFunc(image.Platforms, func(p gate.Platform) bool { return p.Digest == d })
		if d != image.Digest && i >= 0 {
			s.Name += "#" + image.Platforms[i].Name
		}
		list = append(list, s)
	}
	return list
}

func digestHex(digest string) string { return strings.TrimPrefix(digest, "sha256:") }

// parseStatement reads a statement whose signature was verified.
func parseStatement(payload []byte) (statement[json.RawMessage], error) {
	var s statement[json.RawMessage]
	if err := json.Unmarshal(payload, &s); err != nil {
		return s, fmt.Errorf("parsing a statement: %w", err)
	}
	return s, nil
}

// saidAt returns the time that an attestation carries in itself.
func saidAt(payload []byte) time.Time {
	var s statement[struct {
		TimeVerified time.Time `json:"timeVerified"`
		Metadata     struct {
			ScanFinishedOn time.Time `json:"scanFinishedOn"`
		} `json:"metadata"`
	}]
	if json.Unmarshal(payload, &s) != nil {
		return time.Time{}
	}
	switch s.PredicateType {
	case vsaType:
		return s.Predicate.TimeVerified
	case vulnType:
		return s.Predicate.Metadata.ScanFinishedOn
	}
	return time.Time{}
}

// repeats reports whether payload says what the claim says, at another time.
func (c claim) repeats(payload []byte) bool {
	again, err := c.at(saidAt(payload))
	return err == nil && bytes.Equal(again, payload)
}
