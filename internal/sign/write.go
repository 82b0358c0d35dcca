package sign

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	ocistatic "github.com/google/go-containerregistry/pkg/v1/static"
	ocitypes "github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/sigstore/cosign/v2/pkg/cosign/bundle"
	"github.com/sigstore/cosign/v2/pkg/oci"
	"github.com/sigstore/cosign/v2/pkg/oci/mutate"
	ociremote "github.com/sigstore/cosign/v2/pkg/oci/remote"
	"github.com/sigstore/cosign/v2/pkg/oci/static"
	"github.com/sigstore/cosign/v2/pkg/types"
	sgbundle "github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore/pkg/signature/dsse"
	"github.com/sigstore/sigstore/pkg/signature/options"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

// A writer attaches signatures and attestations to one digest.
type writer struct {
	registry client
	key      *pair
	digest   name.Digest
	now      time.Time
	creator  string // who signed, in the words of a classic signature
}

// bundle attaches a signed statement as a referrer of the image.
func (w writer) bundle(ctx context.Context, predicateType string, statement []byte) error {
	envelope, err := w.envelope(ctx, statement)
	if err != nil {
		return err
	}
	content, err := bundle.MakeNewBundle(w.key.public, nil, statement, envelope, w.key.pem, nil)
	if err != nil {
		return fmt.Errorf("making a bundle: %w", err)
	}
	mediaType, err := sgbundle.MediaTypeString("0.3")
	if err != nil {
		return fmt.Errorf("making a bundle: %w", err)
	}
	if err := w.mayWrite(ctx, content); err != nil {
		return err
	}
	layers := []v1.Layer{ocistatic.NewLayer(content, ocitypes.MediaType(mediaType))}
	return w.wrote(ociremote.WriteReferrer(w.digest, mediaType, layers, map[string]string{
		"org.opencontainers.image.created":  w.now.UTC().Format(time.RFC3339),
		"dev.sigstore.bundle.content":       "dsse-envelope",
		"dev.sigstore.bundle.predicateType": predicateType,
	}, w.registry.cosign()))
}

// artifact attaches what an attestation names by digest.
func (w writer) artifact(ctx context.Context, a artifact) error {
	if err := w.mayWrite(ctx, a.content); err != nil {
		return err
	}
	layers := []v1.Layer{ocistatic.NewLayer(a.content, ocitypes.MediaType(a.mediaType))}
	return w.wrote(ociremote.WriteReferrer(w.digest, a.mediaType, layers, nil, w.registry.cosign()))
}

// simple attaches a classic signature to the .sig tag, beside those of others.
func (w writer) simple(ctx context.Context) error {
	claims, err := payload.Cosign{Image: w.digest, Annotations: map[string]any{"creator": w.creator}}.MarshalJSON()
	if err != nil {
		return fmt.Errorf("encoding a signature's claims: %w", err)
	}
	raw, err := w.key.signer.SignMessage(bytes.NewReader(claims), options.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	sig, err := static.NewSignature(claims, base64.StdEncoding.EncodeToString(raw))
	if err != nil {
		return fmt.Errorf("encoding a signature: %w", err)
	}
	if err := w.mayWrite(ctx, claims); err != nil {
		return err
	}
	return w.tagged("sig", sig, nil)
}

// attest attaches a classic attestation to the .att tag, in place of the layers
// that it supersedes.
func (w writer) attest(ctx context.Context, predicateType string, statement []byte, superseded []v1.Hash) error {
	envelope, err := w.envelope(ctx, statement)
	if err != nil {
		return err
	}
	att, err := static.NewAttestation(envelope, static.WithLayerMediaType(types.DssePayloadType),
		static.WithAnnotations(map[string]string{"predicateType": predicateType}))
	if err != nil {
		return fmt.Errorf("encoding an attestation: %w", err)
	}
	if err := w.mayWrite(ctx, envelope); err != nil {
		return err
	}
	return w.tagged("att", att, superseded)
}

func (w writer) envelope(ctx context.Context, statement []byte) ([]byte, error) {
	signer := dsse.WrapSigner(w.key.signer, types.IntotoPayloadType)
	envelope, err := signer.SignMessage(bytes.NewReader(statement), options.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("signing a statement: %w", err)
	}
	return envelope, nil
}

// tagged writes a classic tag anew: what it held but for the superseded layers,
// then the added one.
func (w writer) tagged(suffix string, added oci.Signature, superseded []v1.Hash) error {
	base, err := w.registry.tagged(w.digest, suffix)
	if err != nil {
		return err
	}
	if len(superseded) > 0 {
		if base, err = mutate.ReplaceSignatures(without{Signatures: base, layers: superseded}); err != nil {
			return fmt.Errorf("replacing an attestation: %w", err)
		}
	}
	all, err := mutate.AppendSignatures(base, false, added)
	if err != nil {
		return fmt.Errorf("adding a signature: %w", err)
	}
	h, err := v1.NewHash(w.digest.DigestStr())
	if err != nil {
		return fmt.Errorf("parsing digest %q: %w", w.digest.DigestStr(), err)
	}
	tag := w.digest.Context().Tag(fmt.Sprintf("%s-%s.%s", h.Algorithm, h.Hex, suffix))
	return w.wrote(remote.Write(tag, all, w.registry.options...))
}

// without is a set of signatures that lacks some layers.
type without struct {
	oci.Signatures
	layers []v1.Hash
}

// Get returns the signatures that are left.
func (w without) Get() ([]oci.Signature, error) {
	all, err := w.Signatures.Get()
	return slices.DeleteFunc(all, func(s oci.Signature) bool {
		h, err := s.Digest()
		return err == nil && slices.Contains(w.layers, h)
	}), err
}

// mayWrite is asked before each write: a run that was cancelled writes nothing
// more, and nothing is written that could not be read back.
func (w writer) mayWrite(ctx context.Context, content []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(content) > maxAttachment {
		return fmt.Errorf("attaching to %s: %d bytes are more than the limit of %d", w.digest, len(content), maxAttachment)
	}
	return nil
}

func (w writer) wrote(err error) error {
	if err == nil || errors.Is(err, ErrRegistry) {
		return err
	}
	return fmt.Errorf("%w: attaching to %s: %w", ErrRegistry, w.digest, err)
}
