package scan

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/parallel"
)

// fetched is an image, or why there is none.
type fetched struct {
	target
	image *image.Image
	err   error
}

func (s *Stage) fetchAll(ctx context.Context) {
	targets, err := s.targets(ctx)
	s.listing = err
	if s.o.Workspace {
		s.locks, err = findLockFiles(ctx, s.o.Tree)
		s.listing = errors.Join(s.listing, err)
	}
	images := len(targets)
	s.fetched = make([]fetched, images)
	if images == 0 && !s.locked() {
		return
	}
	s.openResults()
	fetcher := s.o.Fetcher
	fetcher.Known = s.known()
	if fetcher.Pool, err = image.NewPool(fetcher.TempDir); err != nil {
		s.listing = errors.Join(s.listing, err)
		return
	}
	defer func() { s.listing = errors.Join(s.listing, fetcher.Pool.Close()) }()
	parallel.Each(images+1, func(i int) {
		switch {
		case i < images:
			defer s.trace(ctx, "fetch", "image", targets[i].reference)()
			img, err := s.fetch(ctx, &fetcher, targets[i])
			s.fetched[i] = fetched{target: targets[i], image: img, err: err}
		case s.vulnerable() && s.database == nil:
			defer s.trace(ctx, "fetch", "database", "vulnerabilities")()
			s.database, s.err = s.openDatabase(ctx)
		}
	})
}

// trace logs the beginning of some work, and its end when that is called.
func (s *Stage) trace(ctx context.Context, what, kind, name string) (end func()) {
	begin := time.Now()
	s.o.Log.DebugContext(ctx, what, kind, name)
	traced := func() {}
	if s.o.Trace != nil {
		traced = s.o.Trace(what + " " + kind + " " + name)
	}
	return func() {
		traced()
		s.o.Log.DebugContext(ctx, what+" ended", kind, name, "took", time.Since(begin).Round(time.Millisecond))
	}
}

// parse reads the reference. No manifest names a file of this machine.
func (t target) parse() (image.Reference, error) {
	if len(t.places) > 0 {
		return image.ParseRemote(t.reference)
	}
	return image.Parse(t.reference)
}

// naming returns the lines that name an image.
func naming(f fetched, where *image.Attribution) []gate.Location {
	if len(f.places) > 0 {
		return f.places
	}
	if at := where.Named(f.reference); at.Path != "" {
		return []gate.Location{at}
	}
	return nil
}

// fetch fetches one image. Offline, only a registry on this machine is asked.
func (s *Stage) fetch(ctx context.Context, fetcher *image.Fetcher, t target) (*image.Image, error) {
	ref, err := t.parse()
	if err != nil || t.elsewhere {
		return nil, err
	}
	if repository, ok := ref.Repository(); ok && s.o.Offline && !isLoopback(repository.RegistryStr()) {
		return nil, &gate.CheckError{
			Err:  fmt.Errorf("%s is in a registry, and the run is offline", t.reference),
			Hint: "save the image and name the file: oci:DIR or tar:FILE",
		}
	}
	img, err := fetcher.Fetch(ctx, ref)
	if err == nil {
		for i, p := range img.Platforms {
			if p.Err != nil {
				img.Platforms[i].Err = &gate.CheckError{Err: p.Err, Hint: image.Hint(p.Err, ref)}
			}
		}
	}
	if err == nil || ctx.Err() != nil {
		return img, err
	}
	return nil, &gate.CheckError{Err: err, Hint: image.Hint(err, ref)}
}

// missing is the error of an image that could not be fetched, at each line that
// names it.
func missing(f fetched, where *image.Attribution) error {
	at := gate.CheckError{Err: f.err}
	var inner *gate.CheckError
	if errors.As(f.err, &inner) {
		at.Err, at.Hint = inner.Err, inner.Hint
	}
	places := naming(f, where)
	if len(places) == 0 {
		return &at
	}
	var errs []error
	for _, place := range places {
		each := at
		each.Location = place
		errs = append(errs, &each)
	}
	return errors.Join(errs...)
}

// unscanned lists the images that were fetched, none of whose platforms could
// be scanned.
func (s *Stage) unscanned(reason string) []gate.Image {
	var images []gate.Image
	for _, f := range s.fetched {
		if f.image == nil {
			continue
		}
		img := gate.Image{Reference: f.reference, Digest: f.image.Digest.String()}
		for _, p := range f.image.Platforms {
			platform := gate.Platform{Name: p.Name, Digest: p.Digest.String(), Reason: reason}
			if p.Skipped != "" {
				platform.Verdict, platform.Reason, platform.LeftOut = gate.Skipped, p.Skipped, p.Skipped == image.LeftOut
			}
			img.Platforms = append(img.Platforms, platform)
		}
		images = append(images, img)
	}
	return images
}

// isLoopback reports whether a registry is on this machine.
func isLoopback(host string) bool {
	return strings.HasPrefix(host, "127.0.0.1:") || strings.HasPrefix(host, "localhost:") || strings.HasPrefix(host, "[::1]:")
}
