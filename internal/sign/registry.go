package sign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/cosign/v2/pkg/oci"
	ociremote "github.com/sigstore/cosign/v2/pkg/oci/remote"
	sgbundle "github.com/sigstore/sigstore-go/pkg/bundle"
	"golang.org/x/sync/errgroup"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// Attachments are written by whoever may push: they are read with limits.
const (
	maxAttachment  = 16 << 20 // bytes of one
	maxAttachments = 1000     // of one image
	fetches        = 8        // at once
)

// A client is the way to images and to what is attached to them. It ends
// with the context that it was made with.
type client struct {
	ctx     context.Context //nolint:containedctx // lives as long as one Sign or Verify
	options []remote.Option
	// redact hides the credentials in the text of an error: a registry may repeat
	// what it was sent.
	redact func(error) error
}

// connect returns the way to the registry of an image. Of transport may be nil.
func connect(ctx context.Context, keychain authn.Keychain, transport func(name.Registry) http.RoundTripper, ref name.Reference) client {
	inner := remote.DefaultTransport
	if transport != nil {
		inner = transport(ref.Context().Registry)
	}
	r := client{ctx: ctx, redact: func(err error) error { return err }, options: []remote.Option{
		remote.WithContext(ctx), remote.WithUserAgent("portcullis"), remote.WithTransport(bounded{inner: inner}),
	}}
	if keychain != nil {
		r.options = append(r.options, remote.WithAuthFromKeychain(keychain))
		r.redact = func(err error) error { return image.Redact(ctx, keychain, ref.Context(), err) }
	}
	return r
}

// cosign returns the same options for cosign's packages. Without them these
// would take credentials from the user's home directory.
func (r client) cosign() ociremote.Option { return ociremote.WithRemoteOptions(r.options...) }

// resolve asks once what a reference points to. A digest needs no asking.
func (r client) resolve(ref name.Reference) (name.Digest, error) {
	if digest, ok := ref.(name.Digest); ok {
		return digest, nil
	}
	desc, err := remote.Get(ref, r.options...)
	if err != nil {
		return name.Digest{}, asking(ref, err)
	}
	return ref.Context().Digest(desc.Digest.String()), nil
}

// exists returns an error unless the registry has the image.
func (r client) exists(digest name.Digest) error {
	if _, err := remote.Get(digest, r.options...); err != nil {
		return asking(digest, err)
	}
	return nil
}

// asking is the error of a registry that was asked for an image.
func asking(ref name.Reference, err error) error {
	return &gate.CheckError{
		Err:  fmt.Errorf("%w: looking for %s: %w", ErrRegistry, ref, err),
		Hint: image.RegistryHint(err, ref.Context()),
	}
}

// tagged returns what stands under a classic tag such as sha256-<hex>.sig.
func (r client) tagged(digest name.Digest, suffix string) (oci.Signatures, error) {
	tag := digest.Context().Tag(strings.Replace(digest.DigestStr(), ":", "-", 1) + "." + suffix)
	sigs, err := ociremote.Signatures(tag, r.cosign())
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrRegistry, tag, err)
	}
	return sigs, nil
}

// bundles returns the Sigstore bundles that refer to the digest, in the
// registry's order. What is no readable bundle is left out; a registry that
// does not answer is an error, so that nothing is missed in silence.
func (r client) bundles(digest name.Digest) ([]*sgbundle.Bundle, error) {
	index, err := remote.Referrers(digest, r.options...)
	if err != nil {
		return nil, fmt.Errorf("%w: listing what refers to %s: %w", ErrRegistry, digest, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("%w: listing what refers to %s: %w", ErrRegistry, digest, err)
	}
	if n := len(manifest.Manifests); n > maxAttachments {
		return nil, fmt.Errorf("%w: %d artifacts refer to %s, more than %d", ErrRegistry, n, digest, maxAttachments)
	}
	all := make([]*sgbundle.Bundle, len(manifest.Manifests))
	group, ctx := errgroup.WithContext(r.ctx)
	group.SetLimit(fetches)
	for i, desc := range manifest.Manifests {
		group.Go(func() (err error) {
			all[i], err = r.bundle(ctx, digest.Context(), desc)
			if errors.Is(err, errUnusable) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	found := all[:0]
	for _, b := range all {
		if b != nil {
			found = append(found, b)
		}
	}
	return found, nil
}

// bundle reads one referrer. What the listing says of it is not trusted.
func (r client) bundle(ctx context.Context, repo name.Repository, desc v1.Descriptor) (*sgbundle.Bundle, error) {
	if !desc.MediaType.IsImage() {
		return nil, errUnusable
	}
	ref := repo.Digest(desc.Digest.String())
	img, err := remote.Image(ref, append(r.options[:len(r.options):len(r.options)], remote.WithContext(ctx))...)
	if notFound(err) {
		return nil, errUnusable // the list is older than the artifact's removal
	} else if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrRegistry, ref, err)
	}
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		return nil, errUnusable
	}
	mediaType, err := layers[0].MediaType()
	if err != nil || !strings.HasPrefix(string(mediaType), "application/vnd.dev.sigstore.bundle") {
		return nil, errUnusable
	}
	content, err := read(layers[0])
	if err != nil {
		return nil, err
	}
	b := &sgbundle.Bundle{}
	if err := b.UnmarshalJSON(content); err != nil || !b.MinVersion("v0.3") {
		return nil, errUnusable
	}
	return b, nil
}

// read returns the bytes of a layer as the registry holds them, which its
// digest was checked against. Nothing is decompressed.
func read(layer v1.Layer) ([]byte, error) {
	if size, err := layer.Size(); err != nil || size > maxAttachment {
		return nil, errUnusable
	}
	content, err := layer.Compressed()
	if notFound(err) {
		return nil, errUnusable
	} else if err != nil {
		return nil, fmt.Errorf("%w: reading an attachment: %w", ErrRegistry, err)
	}
	defer content.Close()
	b, err := io.ReadAll(io.LimitReader(content, maxAttachment+1))
	if err != nil {
		return nil, fmt.Errorf("%w: reading an attachment: %w", ErrRegistry, err)
	}
	if len(b) > maxAttachment {
		return nil, errUnusable
	}
	return b, nil
}
