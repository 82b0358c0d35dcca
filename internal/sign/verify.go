package sign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/sigstore/sigstore/pkg/signature"
)

// VerifyOptions are what [Verify] needs.
type VerifyOptions struct {
	Image string // a reference in a registry
	Key   string // a public key in PEM, or the path of a file that holds one
	// Require names attestations that have to be there: sbom, vuln, vsa. An SBOM has
	// to be there for each platform.
	Require []string
	// MaxAge, if not 0, is how old the newest of each required attestation may be.
	MaxAge time.Duration
	// Policy, if not empty, is the digest that a required vsa has to name as the
	// policy that the image was held against.
	Policy string

	Keychain authn.Keychain // nil: no credentials
	// Transport makes the requests to a registry and to where it leads; nil: any.
	Transport func(name.Registry) http.RoundTripper
	Now       func() time.Time // nil: time.Now
}

// A Verification says what was verified.
type Verification struct {
	Reference string `json:"reference"`
	Digest    string `json:"digest"`   // what the reference was resolved to, once
	Identity  string `json:"identity"` // fingerprint of the key
	// Formats are the forms in which there is a signature: bundle, legacy.
	Formats []string `json:"formats"`
	// Attestations holds the newest of each predicate type, sorted by type.
	Attestations []Attestation `json:"attestations"`
}

// An Attestation is a verified statement about the image.
type Attestation struct {
	PredicateType string    `json:"predicateType"`
	Format        string    `json:"format"`
	Time          time.Time `json:"time"` // when it was made, by the signer's own clock; zero: it does not say

	payload []byte
}

// Verify checks that the key signed the image, and made the attestations that
// are required. Its errors wrap one of the Err values of this package; with an
// error the verification is empty.
func Verify(ctx context.Context, o VerifyOptions) (Verification, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	required, err := o.required()
	if err != nil {
		return Verification{}, err
	}
	ref, err := name.ParseReference(o.Image)
	if err != nil {
		return Verification{}, fmt.Errorf("%w: parsing %q: %w", ErrUsage, o.Image, err)
	}
	key, identity, err := readPublic(o.Key)
	if err != nil {
		return Verification{}, err
	}
	r := connect(ctx, o.Keychain, o.Transport, ref)
	v, err := o.verify(ctx, r, ref, key, required)
	if err != nil {
		return Verification{}, r.redact(err)
	}
	v.Identity = identity
	return v, nil
}

// verify asks the registry, and checks what it has.
func (o VerifyOptions) verify(ctx context.Context, r client, ref name.Reference, key signature.Verifier, required []string) (Verification, error) {
	digest, err := r.resolve(ref)
	if err != nil {
		return Verification{}, err
	}
	found, err := gather(ctx, r, digest, key)
	if err != nil {
		return Verification{}, err
	}
	v := Verification{Reference: o.Image, Digest: digest.DigestStr(), Attestations: found.newest()}
	if v.Formats, err = found.signed(); err != nil {
		return Verification{}, fmt.Errorf("%s: %w", digest, err)
	}
	if err := o.check(v.Attestations, required, digest); err != nil {
		return Verification{}, fmt.Errorf("%s: %w", digest, err)
	}
	if slices.Contains(o.Require, "sbom") {
		bom, err := r.verifyBOMs(ctx, digest, key)
		if err != nil {
			return Verification{}, err
		}
		v.add(bom)
	}
	return v, nil
}

// add adds an attestation of a type that is not there yet.
func (v *Verification) add(a Attestation) {
	at, found := slices.BinarySearchFunc(v.Attestations, a, func(a, b Attestation) int {
		return cmp.Compare(a.PredicateType, b.PredicateType)
	})
	if !found {
		v.Attestations = slices.Insert(v.Attestations, at, a)
	}
}

// required checks the options and returns the predicate types that they ask for
// of the image itself.
func (o VerifyOptions) required() ([]string, error) {
	var types []string
	for _, short := range o.Require {
		if err := known(short); err != nil {
			return nil, err
		}
		if short != "sbom" {
			types = append(types, predicates[short]...)
		}
	}
	switch {
	case o.MaxAge < 0:
		return nil, fmt.Errorf("%w: a maximal age of %s", ErrUsage, o.MaxAge)
	case o.MaxAge > 0 && len(types) == 0:
		return nil, fmt.Errorf("%w: a signature by key carries no time: a maximal age needs a required attestation", ErrUsage)
	case o.Policy != "" && !slices.Contains(types, vsaType):
		return nil, fmt.Errorf("%w: only a required vsa names a policy", ErrUsage)
	}
	return types, nil
}

// signed returns the forms in which there is a signature, or why there is none.
func (e evidence) signed() ([]string, error) {
	var formats []string
	for _, p := range e.proofs {
		if p.signature() && !slices.Contains(formats, p.format) {
			formats = append(formats, p.format)
		}
	}
	if len(formats) > 0 {
		slices.Sort(formats)
		return formats, nil
	}
	err := ErrNoSignature
	for _, r := range e.rejected {
		if r.signature && !errors.Is(err, ErrOtherDigest) {
			err = r.err
		}
	}
	return nil, err
}

// newest returns the newest attestation of each predicate type.
func (e evidence) newest() []Attestation {
	all := []Attestation{}
	for _, p := range e.proofs {
		if !p.signature() {
			all = append(all, Attestation{
				PredicateType: p.predicateType, Format: p.format, Time: saidAt(p.payload), payload: p.payload,
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Attestation) int {
		return cmp.Or(cmp.Compare(a.PredicateType, b.PredicateType), b.Time.Compare(a.Time), cmp.Compare(a.Format, b.Format))
	})
	return slices.CompactFunc(all, func(a, b Attestation) bool { return a.PredicateType == b.PredicateType })
}
