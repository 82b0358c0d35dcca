package image

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A source gives the bytes that a descriptor names. Nobody has checked them yet.
type source interface {
	open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error)
	io.Closer
}

// A manifest is a verified manifest or index, not yet parsed.
type manifest struct {
	desc v1.Descriptor
	raw  []byte
}

// newManifest returns raw with the digest that it really has. What kind of
// manifest it is must be said in one way only, so that no other program reads
// the same bytes as something else.
func newManifest(raw []byte, mediaType types.MediaType) (manifest, error) {
	digest, size, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		return manifest{}, err
	}
	m := manifest{raw: raw, desc: v1.Descriptor{MediaType: mediaType, Digest: digest, Size: size}}
	if !jsontext.Value(raw).IsValid() {
		return manifest{}, fmt.Errorf("manifest %s is not JSON with each name once", digest)
	}
	var shape struct {
		MediaType types.MediaType `json:"mediaType"`
		Config    json.RawMessage `json:"config"`
		Layers    json.RawMessage `json:"layers"`
		Manifests json.RawMessage `json:"manifests"`
	}
	if err := json.Unmarshal(raw, &shape); err != nil {
		return manifest{}, fmt.Errorf("parsing manifest %s: %w", digest, err)
	}
	isImage, isIndex := shape.Config != nil || shape.Layers != nil, shape.Manifests != nil
	if !mediaType.IsImage() && !mediaType.IsIndex() && shape.MediaType != "" {
		m.desc.MediaType = shape.MediaType // a registry that sends a generic content type
	}
	switch {
	case isImage && isIndex:
		return manifest{}, fmt.Errorf("manifest %s is both an image and an index", digest)
	case shape.MediaType != "" && shape.MediaType != m.desc.MediaType:
		return manifest{}, fmt.Errorf("manifest %s says that it is %q, but was served as %q", digest, shape.MediaType, m.desc.MediaType)
	case m.desc.MediaType.IsImage() && isImage, m.desc.MediaType.IsIndex() && isIndex:
		return m, nil
	}
	return manifest{}, fmt.Errorf("manifest %s: %w", digest, kindError(m.desc.MediaType))
}

// readManifest reads the manifest that desc describes.
func (f *Fetcher) readManifest(ctx context.Context, src source, desc v1.Descriptor) (manifest, error) {
	if !desc.MediaType.IsImage() && !desc.MediaType.IsIndex() {
		return manifest{}, fmt.Errorf("manifest %s: %w", desc.Digest, kindError(desc.MediaType))
	}
	if desc.Size > f.Limits.Manifest {
		return manifest{}, fmt.Errorf("%w: manifest %s has more than %d bytes", ErrLimit, desc.Digest, f.Limits.Manifest)
	}
	var m manifest
	err := f.retry(ctx, func(ctx context.Context) error {
		body, err := src.open(ctx, desc)
		if err != nil {
			return err
		}
		defer body.Close()
		raw, err := readLimited(body, f.Limits.Manifest)
		if err != nil {
			return err
		}
		if err := match(desc, raw); err != nil {
			return err
		}
		m, err = newManifest(raw, desc.MediaType)
		return err
	})
	return m, err
}

// match checks bytes against their descriptor.
func match(desc v1.Descriptor, raw []byte) error {
	digest, size, err := v1.SHA256(bytes.NewReader(raw))
	switch {
	case err != nil:
		return err
	case desc.Size != 0 && size < desc.Size:
		return fmt.Errorf("%s ended after %d of %d bytes: %w", desc.Digest, size, desc.Size, io.ErrUnexpectedEOF)
	case desc.Size != 0 && size != desc.Size:
		return fmt.Errorf("%s: %w: got %d bytes, want %d", desc.Digest, ErrDigest, size, desc.Size)
	case digest != desc.Digest:
		return fmt.Errorf("%s: %w: got %s", desc.Digest, ErrDigest, digest)
	}
	return nil
}

// ErrDigest is what every error about bytes that do not have their digest wraps.
var ErrDigest = errors.New("the bytes do not have this digest")

// readLimited reads all of r, which may not have more than limit bytes.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("%w: more than %d bytes", ErrLimit, limit)
	}
	return raw, err
}
