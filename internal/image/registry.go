package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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
	f        *Fetcher
	repo     name.Repository
	keychain authn.Keychain
	guard    *guard

	mu      sync.Mutex
	session *session // nil until needed, and again after an error
	named   bool     // there were credentials for it
}

// A session is one log-in, shared by all requests.
type session struct {
	client  *http.Client
	puller  *remote.Puller
	scheme  string
	secrets []string
}

// openRegistry resolves a registry reference. This is the only request that
// names a tag, made again with other credentials if it was refused.
func (f *Fetcher) openRegistry(ctx context.Context, ref Reference) (manifest, source, error) {
	m, src, err := f.openWith(ctx, ref, f.Keychain)
	if !errors.Is(err, ErrDenied) && !errors.Is(err, ErrAbsent) || f.Fallback == nil {
		return m, src, err
	}
	if other, failed := authn.Resolve(ctx, f.Fallback, ref.remote.Context()); failed != nil || other == authn.Anonymous {
		return m, src, err
	}
	return f.openWith(ctx, ref, f.Fallback)
}

func (f *Fetcher) openWith(ctx context.Context, ref Reference, keychain authn.Keychain) (manifest, source, error) {
	repo := ref.remote.Context()
	if keychain == nil {
		keychain = authn.NewMultiKeychain()
	}
	src := &registrySource{f: f, repo: repo, keychain: keychain, guard: newTransport(repo.Registry, f.Proxy)}
	var root manifest
	err := f.retry(ctx, func(ctx context.Context) error {
		ctx, cancel := f.pace().within(ctx)
		defer cancel()
		got, err := src.get(ctx, ref.remote)
		if err != nil {
			return err
		}
		root, err = newManifest(got.Manifest, got.MediaType)
		return err
	})
	if err != nil {
		return manifest{}, nil, errors.Join(explain(err, src.known()), src.Close())
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
	if !desc.MediaType.IsImage() && !desc.MediaType.IsIndex() {
		body, _, err := s.openAt(ctx, desc, 0)
		return body, err
	}
	ctx, stop := s.f.pace().within(ctx)
	defer stop()
	got, err := s.get(ctx, s.repo.Digest(desc.Digest.String()))
	if err != nil {
		return nil, explain(err, s.known())
	}
	return io.NopCloser(bytes.NewReader(got.Manifest)), nil
}

// openAt starts reading a blob at an offset if the registry does that.
func (s *registrySource) openAt(ctx context.Context, desc v1.Descriptor, offset int64) (io.ReadCloser, int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	watched := s.f.pace().watch(cancel)
	body, start, err := s.blob(ctx, desc.Digest, offset)
	if err != nil {
		err = stalled(ctx, err)
		return nil, 0, errors.Join(explain(err, s.known()), watched.Close())
	}
	return watched.read(body), start, nil
}

func (s *registrySource) get(ctx context.Context, ref name.Reference) (*remote.Descriptor, error) {
	in, err := s.logIn(ctx)
	if err != nil {
		return nil, stalled(ctx, err)
	}
	got, err := in.puller.Get(ctx, ref)
	if err != nil {
		s.forget(in)
		return nil, in.redact(stalled(ctx, err))
	}
	return got, nil
}

// blob asks for the bytes of a blob from offset on, and returns where they start.
func (s *registrySource) blob(ctx context.Context, digest v1.Hash, offset int64) (io.ReadCloser, int64, error) {
	in, err := s.logIn(ctx)
	if err != nil {
		return nil, 0, err
	}
	address := url.URL{Scheme: in.scheme, Host: s.repo.RegistryStr(), Path: "/v2/" + s.repo.RepositoryStr() + "/blobs/" + digest.String()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), http.NoBody)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept-Encoding", "identity") // the bytes of the digest, as they are
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	answer, err := in.client.Do(req)
	if err != nil {
		s.forget(in)
		return nil, 0, in.redact(err)
	}
	switch answer.StatusCode {
	case http.StatusPartialContent:
		return answer.Body, startOf(answer), nil
	case http.StatusRequestedRangeNotSatisfiable:
		return nil, 0, errors.Join(io.ErrUnexpectedEOF, answer.Body.Close())
	}
	if err := transport.CheckError(answer, http.StatusOK); err != nil {
		return nil, 0, errors.Join(in.redact(err), answer.Body.Close())
	}
	return answer.Body, 0, nil
}

// startOf returns where an answer with a part of a blob starts, -1 where it does
// not say.
func startOf(answer *http.Response) int64 {
	var start, end int64
	if n, _ := fmt.Sscanf(answer.Header.Get("Content-Range"), "bytes %d-%d", &start, &end); n < 2 || start < 0 {
		return -1
	}
	return start
}

// logIn returns the session, and begins it if need be.
func (s *registrySource) logIn(ctx context.Context) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil {
		return s.session, nil
	}
	auth, err := authn.Resolve(ctx, s.keychain, s.repo)
	if err != nil {
		return nil, fmt.Errorf("looking up credentials for %s: %w", s.repo.RegistryStr(), err)
	}
	s.named = auth != authn.Anonymous
	secrets, err := secretsOf(ctx, auth)
	if err != nil {
		return nil, fmt.Errorf("looking up credentials for %s: %w", s.repo.RegistryStr(), err)
	}
	in := &session{scheme: s.repo.Scheme(), secrets: secrets}
	named := transport.NewUserAgent(s.guard, "portcullis")
	logged, err := transport.NewWithContext(ctx, s.repo.Registry, auth, named, []string{s.repo.Scope(transport.PullScope)})
	if err != nil {
		return nil, in.redact(err)
	}
	in.client = &http.Client{Transport: logged}
	in.puller, err = remote.NewPuller(
		remote.WithTransport(logged),
		remote.WithJobs(s.f.Parallel+1),
		// One place counts attempts: Fetcher.retry.
		remote.WithRetryBackoff(remote.Backoff{Steps: 1}),
		remote.WithRetryStatusCodes(),
	)
	if err == nil {
		s.session = in
	}
	return in, err
}

// known reports whether there were credentials for the registry.
func (s *registrySource) known() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.named
}

// forget drops a session after an error, so that the next attempt logs in anew.
func (s *registrySource) forget(in *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == in {
		s.session = nil
	}
}

// Close drops the connections.
func (s *registrySource) Close() error {
	s.guard.inner.CloseIdleConnections()
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

// ErrCredentials is what an error wraps when a registry refused the credentials
// that it got.
var ErrCredentials = fmt.Errorf("with the credentials that it got, %w", ErrDenied)

// ErrAbsent is what an error wraps when a registry says that it has no such
// image. It may be a private one: not every registry tells that to strangers.
var ErrAbsent = errors.New("not in the registry")

// explain says what an answer of a registry means to who has sent credentials or
// not.
func explain(err error, known bool) error {
	var answer *transport.Error
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		if known {
			return fmt.Errorf("%w: %w", ErrCredentials, err)
		}
		return fmt.Errorf("%w: %w", ErrDenied, err)
	case http.StatusNotFound:
		return fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	return err
}
