package image

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Pool keeps verified blobs, so that the images of a run which share layers
// fetch and unpack them once. What one image could not get, the next one asks
// its own registry for.
type Pool struct {
	dir  string
	room atomic.Int64 // bytes of unpacked layers that may be kept yet

	mu      sync.Mutex
	entries map[key]*entry
}

// A key tells blobs apart. A size that is a lie must not profit from the blob
// of a truthful descriptor.
type key struct {
	digest v1.Hash
	size   int64
}

// An entry is a blob that somebody has fetched, or is about to. Its lock is held
// by whoever works on it.
type entry struct {
	sync.Mutex
	fetched  bool
	unpacked v1.Hash // digest of what it unpacks to; zero: not known yet
}

// NewPool makes a pool in a folder of its own below dir, the system's folder for
// temporary files if that is "". Fetchers that use it must have the same TempDir.
func NewPool(dir string) (*Pool, error) {
	dir, err := os.MkdirTemp(dir, "portcullis-layers-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for layers: %w", err)
	}
	p := poolIn(dir)
	p.room.Store(min(unpackedRoom, free(dir)/4)) // the blobs and the scanner need the rest
	return p, nil
}

// poolIn returns a pool in a folder, which is made when the first blob arrives.
func poolIn(dir string) *Pool { return &Pool{dir: dir, entries: map[key]*entry{}} }

// Close removes the folder. Images that were fetched keep their blobs.
func (p *Pool) Close() error { return os.RemoveAll(p.dir) }

func (p *Pool) path(digest v1.Hash) string { return filepath.Join(p.dir, digest.Hex) }

// entry returns the entry of a blob.
func (p *Pool) entry(desc v1.Descriptor) *entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := key{digest: desc.Digest, size: desc.Size}
	e, ok := p.entries[k]
	if !ok {
		e = &entry{}
		p.entries[k] = e
	}
	return e
}

// blob calls fetch unless the blob is there.
func (p *Pool) blob(desc v1.Descriptor, fetch func() error) error {
	e := p.entry(desc)
	e.Lock()
	defer e.Unlock()
	return e.get(fetch)
}

// layer calls fetch unless the blob is there, and unpack unless it is known what
// it unpacks to.
func (p *Pool) layer(desc v1.Descriptor, fetch func() error, unpack func() (v1.Hash, error)) (v1.Hash, error) {
	e := p.entry(desc)
	e.Lock()
	defer e.Unlock()
	if err := e.get(fetch); err != nil || e.unpacked != (v1.Hash{}) {
		return e.unpacked, err
	}
	got, err := unpack()
	if err == nil {
		e.unpacked = got
	}
	return got, err
}

func (e *entry) get(fetch func() error) error {
	if e.fetched {
		return nil
	}
	err := fetch()
	e.fetched = err == nil
	return err
}
