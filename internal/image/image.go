package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// An Image is what a reference named at one moment: a manifest or an index, and
// the verified bytes of each platform.
type Image struct {
	Reference string // as it was asked for
	Digest    v1.Hash
	Platforms []Platform // sorted by name and digest

	dir string
}

// A Platform is one manifest of an image. Of Layout, Known, Skipped and Err
// exactly one is set.
type Platform struct {
	Name   string // "linux/arm64/v8", "unknown/unknown"
	Digest v1.Hash
	// Layout is the folder of an OCI layout that holds this manifest and nothing
	// else, every blob of it verified.
	Layout string
	// Known says that the layers were not fetched, because [Fetcher.Known] said so.
	Known bool
	// History is how the builder says that the image was made; nil where that
	// does not tell which of its layers each step made.
	History []Step
	// Skipped says why this manifest was not fetched: it is an attestation, or
	// LeftOut.
	Skipped string
	// Err says why it could not be fetched or verified.
	Err error
}

// Close removes the layouts.
func (i *Image) Close() error { return os.RemoveAll(i.dir) }

// A Fetcher gets images. The zero value is ready to use; its fields must not
// change afterwards. Fetch may be called at once from several goroutines.
type Fetcher struct {
	Keychain authn.Keychain // nil: no credentials
	// Fallback is asked for credentials when a registry refused an image with
	// those of Keychain; nil: nobody.
	Fallback authn.Keychain
	// Proxy chooses the proxy of a request, as in [http.Transport]; nil: none.
	Proxy   func(*http.Request) (*url.URL, error)
	TempDir string // "": the system's
	Limits  Limits
	// Platforms are those to fetch, as Covers compares them; none: all.
	Platforms []string
	Parallel  int       // blobs at once; 0: 4
	Pool      *Pool     // shared by images; nil: each has its own
	Cache     BlobCache // asked for blobs before their registry; nil: none
	// Known, if set, reports whether all that matters of the layers of the manifest
	// with a digest is known already. It is called from several goroutines.
	Known    func(manifest v1.Hash) bool
	Attempts int           // at each manifest and blob of a registry; 0: 4
	Backoff  time.Duration // before the second attempt, doubled for each more; 0: 500 ms
	// Least is how many bytes of a blob a registry has to send in each Stall, within
	// which it also has to begin and to send a manifest; 0: 16 KiB in 30 s. Whoever
	// is slower is asked again, as after a connection that broke.
	Least int64
	Stall time.Duration
	// Progress, if set, is told how many bytes of all known ones have been
	// written. It is called from several goroutines, one at a time.
	Progress func(step string, done, total int64)
	// Engine is the address of the Docker engine that docker:NAME asks, a socket:
	// "unix://PATH"; "": DefaultEngine.
	Engine string
	Log    *slog.Logger // nil: discarded
}

func (f *Fetcher) withDefaults() Fetcher {
	d := *f
	d.Limits = f.Limits.withDefaults()
	d.Parallel = cmp.Or(f.Parallel, 4)
	d.Attempts = cmp.Or(f.Attempts, 4)
	d.Backoff = cmp.Or(f.Backoff, 500*time.Millisecond)
	d.Engine = cmp.Or(f.Engine, DefaultEngine)
	d.Stall = cmp.Or(f.Stall, 30*time.Second)
	d.Least = cmp.Or(f.Least, 16<<10)
	if f.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return d
}

// Fetch resolves the reference, once, and fetches every platform of what it
// names. What is wrong with one platform is in its Err; an error is returned
// when the reference names nothing that can be read, and when ctx ended.
func (f *Fetcher) Fetch(ctx context.Context, ref Reference) (*Image, error) {
	conf := f.withDefaults()
	dir, err := os.MkdirTemp(conf.TempDir, "portcullis-image-")
	if err != nil {
		return nil, fmt.Errorf("fetching %q: %w", ref, err)
	}
	img := &Image{Reference: ref.String(), dir: dir}
	if err := conf.fill(ctx, ref, img); err != nil {
		return nil, errors.Join(fmt.Errorf("fetching %q: %w", ref, err), img.Close())
	}
	return img, nil
}

// fill fetches into img.dir.
func (f *Fetcher) fill(ctx context.Context, ref Reference, img *Image) error {
	root, src, err := f.open(ctx, ref, img.dir)
	if err != nil {
		return err
	}
	defer src.Close()
	j := newJob(f, src, img)
	img.Digest = root.desc.Digest
	if err := root.runnable(); err != nil {
		return err
	}
	leaves, err := j.expand(ctx, root, 0)
	if err != nil {
		return err
	}
	img.Platforms = j.fetchAll(ctx, leaves)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	slices.SortFunc(img.Platforms, func(a, b Platform) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Digest.String(), b.Digest.String()))
	})
	return nil
}

// open resolves the reference. Files are not asked twice.
func (f *Fetcher) open(ctx context.Context, ref Reference, dir string) (manifest, source, error) {
	switch ref.kind {
	case layoutDir:
		f.Attempts = 1
		return f.openLayout(ctx, ref)
	case archiveFile:
		f.Attempts = 1
		return f.openArchive(ctx, ref, dir)
	case engine:
		f.Attempts = 1
		return f.openEngine(ctx, ref, dir)
	}
	return f.openRegistry(ctx, ref)
}
