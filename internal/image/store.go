package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A store gives the verified blobs of one image, each fetched and unpacked once
// however many platforms share it, and never again after it failed.
type store struct {
	f      *Fetcher
	src    source
	pool   *Pool
	budget *budget
	slots  chan struct{} // bounds what is fetched and unpacked at once

	mu     sync.Mutex
	blobs  map[key]func() error
	layers map[key]func() (v1.Hash, error)

	progress    sync.Mutex
	step        string
	done, total int64
}

// newStore returns a store that keeps its blobs in the pool of the fetcher, or
// else in dir.
func newStore(f *Fetcher, src source, dir, step string) *store {
	pool := f.Pool
	if pool == nil {
		pool = poolIn(dir)
	}
	return &store{
		f: f, src: src, pool: pool, step: step,
		budget: &budget{limits: f.Limits},
		slots:  make(chan struct{}, f.Parallel),
		blobs:  map[key]func() error{},
		layers: map[key]func() (v1.Hash, error){},
	}
}

func (s *store) path(digest v1.Hash) string { return s.pool.path(digest) }

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
	k := key{digest: desc.Digest, size: desc.Size}
	once, ok := s.layers[k]
	if !ok {
		once = sync.OnceValues(func() (v1.Hash, error) {
			return s.pool.layer(desc,
				func() error { return s.fetch(ctx, desc) },
				func() (v1.Hash, error) { return s.unpack(ctx, desc) })
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
	copied := s.pool.spill(desc.Digest)
	got, err := verifyLayer(ctx, file, desc.Size, s.budget, copied)
	if err != nil {
		copied.drop()
		return got, err
	}
	copied.keep()
	return got, nil
}

// blob fetches a blob to its place in the store.
func (s *store) blob(ctx context.Context, desc v1.Descriptor) error {
	s.mu.Lock()
	k := key{digest: desc.Digest, size: desc.Size}
	once, ok := s.blobs[k]
	if !ok {
		once = sync.OnceValue(func() error {
			return s.pool.blob(desc, func() error { return s.fetch(ctx, desc) })
		})
		s.blobs[k] = once
	}
	s.mu.Unlock()
	return once()
}

// fetch gets a blob: from the cache of the fetcher if it has the very bytes, else
// from the source.
func (s *store) fetch(ctx context.Context, desc v1.Descriptor) (err error) {
	if desc.Digest.Algorithm != "sha256" {
		return fmt.Errorf("%s: the digest algorithm is not supported", desc.Digest)
	}
	if err := s.budget.addCompressed(desc.Size); err != nil {
		return err
	}
	if err := os.MkdirAll(s.pool.dir, 0o700); err != nil {
		return err
	}
	s.tell(0, desc.Size)
	defer s.slot()()
	t, err := newTransfer(s.pool.dir, desc, func(n int64) { s.tell(n, 0) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	recalled, err := s.recall(ctx, t)
	if err == nil && !recalled {
		err = s.receive(ctx, t)
	}
	if err == nil {
		err = t.keep(s.path(desc.Digest))
	}
	if err == nil && !recalled {
		s.remember(ctx, desc)
	}
	return err
}

// receive reads a blob from the source. After a connection that broke it goes on
// where that one ended, and as long as the attempts bring something they do not
// count together.
func (s *store) receive(ctx context.Context, t *transfer) error {
	for {
		before := t.n
		err := s.f.retry(ctx, func(ctx context.Context) error { return t.attempt(ctx, s.src) })
		if err == nil || t.n-before < worthwhile || !temporary(err) || ctx.Err() != nil {
			return err
		}
	}
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

func readCloser(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }
