package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A store keeps the verified blobs of one image, each fetched and unpacked once
// however many platforms share it.
type store struct {
	f      *Fetcher
	src    source
	dir    string
	budget *budget
	slots  chan struct{} // bounds what is fetched and unpacked at once

	mu     sync.Mutex
	blobs  map[key]func() error
	layers map[key]func() (v1.Hash, error)

	progress    sync.Mutex
	step        string
	done, total int64
}

// A key tells blobs apart. A size that is a lie must not profit from the blob
// of a truthful descriptor.
type key struct {
	digest v1.Hash
	size   int64
}

func newStore(f *Fetcher, src source, dir, step string) *store {
	return &store{
		f: f, src: src, dir: dir, step: step,
		budget: &budget{limits: f.Limits},
		slots:  make(chan struct{}, f.Parallel),
		blobs:  map[key]func() error{},
		layers: map[key]func() (v1.Hash, error){},
	}
}

func (s *store) path(digest v1.Hash) string { return filepath.Join(s.dir, digest.Hex) }

// bytes returns a small blob, verified.
func (s *store) bytes(ctx context.Context, desc v1.Descriptor) ([]byte, error) {
	if err := s.blob(ctx, desc); err != nil {
		return nil, err
	}
	return os.ReadFile(s.path(desc.Digest))
}

// layer fetches a layer and returns the digest of what it unpacks to.
func (s *store) layer(ctx context.Context, desc v1.Descriptor) (v1.Hash, error) {
	s.mu.Lock()
	k := key{desc.Digest, desc.Size}
	once, ok := s.layers[k]
	if !ok {
		once = sync.OnceValues(func() (v1.Hash, error) {
			if err := s.blob(ctx, desc); err != nil {
				return v1.Hash{}, err
			}
			return s.unpack(ctx, desc)
		})
		s.layers[k] = once
	}
	s.mu.Unlock()
	return once()
}

func (s *store) unpack(ctx context.Context, desc v1.Descriptor) (v1.Hash, error) {
	defer s.slot()()
	file, err := os.Open(s.path(desc.Digest))
	if err != nil {
		return v1.Hash{}, err
	}
	defer file.Close()
	return verifyLayer(ctx, file, desc.Size, s.budget)
}

// blob fetches a blob to its place in the store.
func (s *store) blob(ctx context.Context, desc v1.Descriptor) error {
	s.mu.Lock()
	k := key{desc.Digest, desc.Size}
	once, ok := s.blobs[k]
	if !ok {
		once = sync.OnceValue(func() error { return s.fetch(ctx, desc) })
		s.blobs[k] = once
	}
	s.mu.Unlock()
	return once()
}

func (s *store) fetch(ctx context.Context, desc v1.Descriptor) error {
	if desc.Digest.Algorithm != "sha256" {
		return fmt.Errorf("%s: the digest algorithm is not supported", desc.Digest)
	}
	if err := s.budget.addCompressed(desc.Size); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	s.tell(0, desc.Size)
	defer s.slot()()
	return s.f.retry(ctx, func(ctx context.Context) error {
		body, err := s.src.open(ctx, desc)
		if err != nil {
			return err
		}
		defer body.Close()
		return s.write(ctx, desc, body)
	})
}

// write copies a blob to a temporary file, checks it, and only then gives it
// its name.
func (s *store) write(ctx context.Context, desc v1.Descriptor, body io.Reader) (err error) {
	file, err := os.CreateTemp(s.dir, "partial-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreClosed(file.Close()), ignoreMissing(os.Remove(file.Name()))) }()
	sum := sha256.New()
	counted := &countingWriter{w: io.MultiWriter(file, sum), tell: func(n int64) { s.tell(n, 0) }}
	// One byte more than announced is enough to know that the size is wrong.
	n, err := io.Copy(counted, io.LimitReader(body, desc.Size+1))
	switch got := hex.EncodeToString(sum.Sum(nil)); {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err != nil:
	case n < desc.Size:
		err = fmt.Errorf("%s ended after %d of %d bytes: %w", desc.Digest, n, desc.Size, io.ErrUnexpectedEOF)
	case n > desc.Size:
		err = fmt.Errorf("%s: %w: more than %d bytes", desc.Digest, ErrDigest, desc.Size)
	case got != desc.Digest.Hex:
		err = fmt.Errorf("%s: %w: got sha256:%s", desc.Digest, ErrDigest, got)
	}
	if err != nil {
		s.tell(-n, 0)
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), s.path(desc.Digest))
}

// link makes a blob part of the layout in dir without copying it.
func (s *store) link(digest v1.Hash, dir string) error {
	blobs := filepath.Join(dir, "blobs", digest.Algorithm)
	if err := os.MkdirAll(blobs, 0o700); err != nil {
		return err
	}
	err := os.Link(s.path(digest), filepath.Join(blobs, digest.Hex))
	if errors.Is(err, os.ErrExist) {
		return nil // a manifest may list a layer twice
	}
	return err
}

// slot waits for a free slot and returns what frees it.
func (s *store) slot() (release func()) {
	s.slots <- struct{}{}
	return func() { <-s.slots }
}

// tell adds to the progress.
func (s *store) tell(done, total int64) {
	s.progress.Lock()
	defer s.progress.Unlock()
	s.done += done
	s.total += total
	if s.f.Progress != nil {
		s.f.Progress(s.step, s.done, s.total)
	}
}

type countingWriter struct {
	w    io.Writer
	tell func(int64)
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.tell(int64(n))
	return n, err
}

func readCloser(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
