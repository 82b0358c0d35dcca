package sign

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/signature"
)

// verifyBOMs returns the newest SBOM of the platforms of an image, or an error
// unless each has one by this key that can be read.
func (r client) verifyBOMs(ctx context.Context, image name.Digest, key signature.Verifier) (Attestation, error) {
	platforms, err := r.platforms(image)
	if err != nil {
		return Attestation{}, err
	}
	var newest Attestation
	for _, digest := range platforms {
		found, err := gather(ctx, r, digest, key)
		if err != nil {
			return Attestation{}, err
		}
		all := found.newest()
		i := slices.IndexFunc(all, func(a Attestation) bool { return slices.Contains(predicates["sbom"], a.PredicateType) })
		if i < 0 {
			return Attestation{}, fmt.Errorf("%w: no SBOM of %s by this key", ErrNoAttestation, digest)
		}
		newest = all[i]
		if err := r.readable(digest, newest); err != nil {
			return Attestation{}, err
		}
	}
	return newest, nil
}

// readable returns an error unless an SBOM that is named by its digest is there.
func (r client) readable(image name.Digest, bom Attestation) error {
	digest, err := named(bom.payload)
	if err != nil || digest == "" {
		return err
	}
	if _, err := v1.NewHash(digest); err != nil {
		return fmt.Errorf("%w: the SBOM of %s has the digest %q", ErrAttestation, image, digest)
	}
	layer, err := remote.Layer(image.Context().Digest(digest), r.options...)
	if err == nil {
		_, err = layer.Size()
	}
	if notFound(err) {
		return fmt.Errorf("%w: the SBOM of %s is not there: %s", ErrAttestation, image, digest)
	} else if err != nil {
		return fmt.Errorf("%w: looking for %s: %w", ErrRegistry, digest, err)
	}
	return nil
}

// platforms returns the manifests of an index that run code, or the image
// itself.
func (r client) platforms(image name.Digest) ([]name.Digest, error) {
	desc, err := remote.Get(image, r.options...)
	if err != nil {
		return nil, fmt.Errorf("%w: looking for %s: %w", ErrRegistry, image, err)
	}
	if !desc.MediaType.IsIndex() {
		return []name.Digest{image}, nil
	}
	index, err := desc.ImageIndex()
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrRegistry, image, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrRegistry, image, err)
	}
	var all []name.Digest
	for _, m := range manifest.Manifests {
		// The attestations that BuildKit puts into an index run nowhere.
		if m.Platform != nil && m.Platform.OS == "unknown" && m.Platform.Architecture == "unknown" {
			continue
		}
		all = append(all, image.Context().Digest(m.Digest.String()))
	}
	if len(all) == 0 {
		return nil, errors.Join(ErrNoAttestation, fmt.Errorf("%s has no platform", image))
	}
	return all, nil
}
