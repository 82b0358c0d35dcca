// Package cache keeps files in the cache service of GitHub Actions, which any
// run of a repository may have written: whoever reads them verifies them.
package cache

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"

	actionscache "github.com/tonistiigi/go-actions-cache"
)

// prefix of the keys that are ours.
const prefix = "portcullis-"

// patience is how long one file may take, in either direction.
const patience = 2 * time.Minute

// A Cache keeps files by their digest. It may be used by several goroutines.
type Cache struct {
	service  *actionscache.Cache
	readOnly bool
}

// New returns the cache at ACTIONS_RESULTS_URL, for which ACTIONS_RUNTIME_TOKEN
// is the token. One that is read only takes nothing: what the run of a pull
// request keeps, no other run can see.
func New(url, token string, readOnly bool) (*Cache, error) {
	service, err := actionscache.New(token, url, true, actionscache.Opt{
		Client: &http.Client{Timeout: patience}, Timeout: patience / 4, UserAgent: "portcullis",
	})
	if err != nil {
		return nil, fmt.Errorf("reading the token of the cache service: %w", err)
	}
	return &Cache{service: service, readOnly: readOnly}, nil
}

// Get returns the file with a digest, or what somebody says it is. The error is
// [fs.ErrNotExist] where there is none.
func (c *Cache) Get(ctx context.Context, digest string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	entry, err := c.service.Load(ctx, prefix+digest)
	if err == nil && (entry == nil || entry.Key != prefix+digest) {
		err = fs.ErrNotExist // the service also matches the beginning of a key
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("asking the cache service for %s: %w", digest, err)
	}
	return &download{at: entry.Download(ctx), cancel: cancel}, nil
}

// Put keeps the file with a digest.
func (c *Cache) Put(ctx context.Context, digest, name string) error {
	if c.readOnly {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := c.service.Save(ctx, prefix+digest, blob{File: file, size: info.Size()}); err != nil {
		return fmt.Errorf("giving %s to the cache service: %w", digest, err)
	}
	return nil
}

// A blob is a file of known size.
type blob struct {
	*os.File
	size int64
}

// Size returns the size.
func (b blob) Size() int64 { return b.size }

// A download reads an entry from its start to its end.
type download struct {
	at     actionscache.ReaderAtCloser
	n      int64
	cancel context.CancelFunc
}

// Read reads on.
func (d *download) Read(p []byte) (int, error) {
	n, err := d.at.ReadAt(p, d.n)
	d.n += int64(n)
	return n, err
}

// Close ends the download.
func (d *download) Close() error {
	defer d.cancel()
	return d.at.Close()
}
