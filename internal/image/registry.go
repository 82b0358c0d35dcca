package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// A registrySource reads one repository. Blobs are asked for by digest from
// that repository only: the "urls" of a descriptor are never looked at.
type registrySource struct {
	f         *Fetcher
	repo      name.Repository
	transport http.RoundTripper

	mu     sync.Mutex
	puller *remote.Puller // nil until needed, and again after an error
}

// openRegistry resolves a registry reference. This is the only request that
// names a tag.
func (f *Fetcher) openRegistry(ctx context.Context, ref Reference) (manifest, source, error) {
	repo := ref.remote.Context()
	src := &registrySource{f: f, repo: repo, transport: newTransport(repo.Registry, f.Proxy)}
	var root manifest
	err := f.retry(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeoutCause(ctx, f.Stall, errStalled)
		defer cancel()
		got, err := src.get(ctx, ref.remote)
		if err != nil {
			return err
		}
		root, err = newManifest(got.Manifest, got.MediaType)
		return err
	})
	if err != nil {
		return manifest{}, nil, errors.Join(explain(err), src.Close())
	}
	// The digest of a reference is checked against the bytes here, and not
	// against what a header says.
	if pinned, ok := ref.remote.(name.Digest); ok && pinned.DigestStr() != root.desc.Digest.String() {
		return manifest{}, nil, fmt.Errorf("%s: %w: got %s", pinned.DigestStr(), ErrDigest, root.desc.Digest)
	}
	return root, src, nil
}

// open starts reading a manifest or a blob.
func (s *registrySource) open(ctx context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	ref := s.repo.Digest(desc.Digest.String())
	if desc.MediaType.IsImage() || desc.MediaType.IsIndex() {
		ctx, stop := context.WithTimeoutCause(ctx, s.f.Stall, errStalled)
		defer stop()
		defer cancel(nil)
		got, err := s.get(ctx, ref)
		if err != nil {
			return nil, explain(err)
		}
		return io.NopCloser(bytes.NewReader(got.Manifest)), nil
	}
	body, err := s.blob(ctx, ref)
	if err != nil {
		cancel(nil)
		return nil, explain(err)
	}
	return unstalled(body, s.f.Stall, cancel), nil
}

func (s *registrySource) get(ctx context.Context, ref name.Reference) (*remote.Descriptor, error) {
	puller, err := s.session()
	if err != nil {
		return nil, err
	}
	got, err := puller.Get(ctx, ref)
	if err != nil {
		s.forget(puller)
		return nil, stalled(ctx, err)
	}
	return got, nil
}

func (s *registrySource) blob(ctx context.Context, ref name.Digest) (io.ReadCloser, error) {
	puller, err := s.session()
	if err != nil {
		return nil, err
	}
	layer, err := puller.Layer(ctx, ref)
	if err != nil {
		s.forget(puller)
		return nil, err
	}
	return layer.Compressed()
}

// session returns what is shared by all requests: one log-in.
func (s *registrySource) session() (*remote.Puller, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.puller != nil {
		return s.puller, nil
	}
	keychain := s.f.Keychain
	if keychain == nil {
		keychain = authn.NewMultiKeychain()
	}
	var err error
	s.puller, err = remote.NewPuller(
		remote.WithTransport(s.transport),
		remote.WithAuthFromKeychain(keychain),
		remote.WithUserAgent("portcullis"),
		remote.WithJobs(s.f.Parallel+1),
		// One place counts attempts: Fetcher.retry.
		remote.WithRetryBackoff(remote.Backoff{Steps: 1}),
		remote.WithRetryStatusCodes(),
	)
	return s.puller, err
}

// forget drops a session, which keeps the error of a log-in that failed.
func (s *registrySource) forget(puller *remote.Puller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.puller == puller {
		s.puller = nil
	}
}

// Close drops the connections.
func (s *registrySource) Close() error {
	s.transport.(*guard).inner.CloseIdleConnections()
	return nil
}

// stalled names the cause of a request that took too long.
func stalled(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
		return cause
	}
	return err
}

// ErrDenied is what an error wraps when a registry wants other credentials.
var ErrDenied = errors.New("the registry refused the image, or does not have it")

// explain says what an answer of a registry means.
func explain(err error) error {
	var answer *transport.Error
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%w: %w", ErrDenied, err)
	case http.StatusNotFound:
		return fmt.Errorf("not in the registry: %w", err)
	}
	return err
}
