package image

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A BlobCache keeps blobs somewhere nearer than their registry. What it returns
// is verified like what a registry sends: it may be anything.
type BlobCache interface {
	Get(ctx context.Context, digest string) (io.ReadCloser, error)
	Put(ctx context.Context, digest, file string) error
}

// cacheSource reads blobs from a cache.
type cacheSource struct{ BlobCache }

func (c cacheSource) open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	return c.Get(ctx, desc.Digest.String())
}

// Close does nothing.
func (cacheSource) Close() error { return nil }

// recall reports whether the cache had the very bytes.
func (s *store) recall(ctx context.Context, t *transfer) (bool, error) {
	if s.f.Cache == nil {
		return false, nil
	}
	err := t.attempt(ctx, cacheSource{s.f.Cache})
	if err == nil {
		s.f.Log.DebugContext(ctx, "taken from the cache", "digest", t.desc.Digest)
		return true, nil
	}
	s.f.Log.DebugContext(ctx, "not taken from the cache", "digest", t.desc.Digest, "err", err)
	return false, t.restart()
}

// remember gives a verified blob to the cache, which may fail.
func (s *store) remember(ctx context.Context, desc v1.Descriptor) {
	if s.f.Cache == nil {
		return
	}
	if err := s.f.Cache.Put(ctx, desc.Digest.String(), s.path(desc.Digest)); err != nil {
		s.f.Log.DebugContext(ctx, "not given to the cache", "digest", desc.Digest, "err", err)
	}
}
