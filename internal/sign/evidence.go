package sign

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/sigstore/cosign/v2/pkg/cosign"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
	"github.com/sigstore/cosign/v2/pkg/types"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	sgbundle "github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

// The forms in which a signature is attached.
const (
	formatBundle = "bundle"
	formatLegacy = "legacy"
)

// A proof is something signed that was verified: by the key, about the digest.
type proof struct {
	format        string
	predicateType string // signType and simpleType are signatures, others attestations
	payload       []byte // the bytes that were signed
	layer         v1.Hash
}

func (p proof) signature() bool {
	return p.format == formatBundle && p.predicateType == signType || p.predicateType == simpleType
}

// A rejection is something signed that proves nothing, and why.
type rejection struct {
	signature bool
	err       error // wraps ErrOtherKey or ErrOtherDigest
}

// Evidence is all that is attached to a digest, as one key sees it.
type evidence struct {
	proofs   []proof
	rejected []rejection
}

func (e *evidence) add(p proof, err error) {
	if err != nil {
		e.rejected = append(e.rejected, rejection{signature: p.signature(), err: err})
		return
	}
	e.proofs = append(e.proofs, p)
}

// gather reads what is attached to the digest in every form and verifies each
// piece with the key. Only a registry that does not answer is an error.
func gather(ctx context.Context, r client, digest name.Digest, key signature.Verifier) (evidence, error) {
	var e evidence
	bundles, err := r.bundles(digest)
	if err != nil {
		return evidence{}, err
	}
	for _, b := range bundles {
		e.add(proveBundle(ctx, b, digest.DigestStr(), key))
	}
	if err := e.addTagged(ctx, r, digest, "sig", key, proveSimple); err != nil {
		return evidence{}, err
	}
	return e, e.addTagged(ctx, r, digest, "att", key, proveEnvelope)
}

// A prover verifies one layer of a classic tag.
type prover func(ctx context.Context, content []byte, signed, digest string, key signature.Verifier) (proof, error)

// addTagged verifies each layer of a classic tag.
func (e *evidence) addTagged(ctx context.Context, r client, digest name.Digest, suffix string, key signature.Verifier, prove prover) error {
	sigs, err := r.tagged(digest, suffix)
	if err != nil {
		return err
	}
	layers, err := sigs.Get()
	if err != nil {
		return fmt.Errorf("%w: reading a signature manifest: %w", ErrRegistry, err)
	}
	for _, layer := range layers {
		mediaType, err := layer.MediaType()
		if err != nil || mediaType != types.SimpleSigningMediaType && mediaType != types.DssePayloadType {
			continue
		}
		content, err := read(layer)
		if errors.Is(err, errUnusable) {
			continue
		} else if err != nil {
			return err
		}
		signed, _ := layer.Base64Signature() // an envelope holds its own; none verifies nothing
		p, err := prove(ctx, content, signed, digest.DigestStr(), key)
		if p.layer, _ = layer.Digest(); errors.Is(err, errUnusable) {
			continue
		}
		e.add(p, err)
	}
	return nil
}

// keyOnly are the options for a key without a transparency log.
func keyOnly(key signature.Verifier) *cosign.CheckOpts {
	return &cosign.CheckOpts{SigVerifier: key, IgnoreTlog: true, Offline: true, TrustedMaterial: &root.BaseTrustedMaterial{}}
}

// proveSimple verifies a classic signature. The claims are looked at only after
// the key was found to have signed them.
func proveSimple(ctx context.Context, content []byte, signed, digest string, key signature.Verifier) (proof, error) {
	p := proof{format: formatLegacy, predicateType: simpleType, payload: content}
	sig, err := static.NewSignature(content, signed)
	if err != nil {
		return p, errUnusable
	}
	if _, err := cosign.VerifyImageSignature(ctx, sig, v1.Hash{}, keyOnly(key)); err != nil {
		return p, ErrOtherKey
	}
	var claims payload.SimpleContainerImage
	if err := json.Unmarshal(content, &claims); err != nil || claims.Critical.Type != payload.CosignSignatureType {
		return p, errUnusable
	}
	if named := claims.Critical.Image.DockerManifestDigest; named != digest {
		return p, fmt.Errorf("%w: %q", ErrOtherDigest, named)
	}
	return p, nil
}

// proveEnvelope verifies a classic attestation: a signed DSSE envelope.
func proveEnvelope(ctx context.Context, content []byte, _, digest string, key signature.Verifier) (proof, error) {
	p := proof{format: formatLegacy}
	att, err := static.NewAttestation(content)
	if err != nil {
		return p, errUnusable
	}
	var envelope struct{ Payload []byte }
	if err := json.Unmarshal(content, &envelope); err != nil {
		return p, errUnusable
	}
	if _, err := cosign.VerifyBlobAttestation(ctx, att, v1.Hash{}, keyOnly(key)); err != nil {
		return p, ErrOtherKey
	}
	return p.state(envelope.Payload, digest)
}

// proveBundle verifies a Sigstore bundle that holds a DSSE envelope.
func proveBundle(ctx context.Context, b *sgbundle.Bundle, digest string, key signature.Verifier) (proof, error) {
	p := proof{format: formatBundle}
	content, ok := b.Content.(*protobundle.Bundle_DsseEnvelope)
	if !ok || content.DsseEnvelope.GetPayloadType() != types.IntotoPayloadType {
		return p, fmt.Errorf("%w: the bundle holds no statement", ErrOtherKey)
	}
	artifact, err := hex.DecodeString(digestHex(digest))
	if err != nil {
		return p, fmt.Errorf("parsing digest %q: %w", digest, err)
	}
	signed := content.DsseEnvelope.GetPayload()
	_, err = cosign.VerifyNewBundle(ctx, keyOnly(key), verify.WithArtifactDigest("sha256", artifact), b)
	if err == nil {
		return p.state(signed, digest)
	}
	if claimed, err := parseStatement(signed); err == nil {
		p.predicateType = claimed.PredicateType // tells signatures from attestations, in errors only
	}
	if _, err := cosign.VerifyNewBundle(ctx, keyOnly(key), verify.WithoutArtifactUnsafe(), b); err == nil {
		return p, ErrOtherDigest
	}
	return p, ErrOtherKey
}

// state takes over what a verified statement says. That it is about the digest
// is checked here once more, and of what type it is, nowhere else.
func (p proof) state(signed []byte, digest string) (proof, error) {
	s, err := parseStatement(signed)
	if err != nil {
		return p, errUnusable
	}
	p.payload, p.predicateType = signed, s.PredicateType
	if !s.about(digest) {
		return p, ErrOtherDigest
	}
	return p, nil
}
