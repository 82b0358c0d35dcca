package policy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/parallel"
)

// bundleScheme is how a bundle of policies in a registry is named, always with
// its digest: oci://ghcr.io/acme/policies@sha256:….
const bundleScheme = "oci://"

// The limits of a bundle.
const (
	maxBundle        = 64 << 20 // bytes of all its files
	maxBundleEntries = 10_000
)

// Bundles says how bundles are fetched.
type Bundles struct {
	Fetcher image.Fetcher
	// CacheDir is where bundles are kept, by digest; "" keeps none. What is read
	// from there is verified as if it came from the registry.
	CacheDir string
	Offline  bool // only the cache is asked
}

// fetchAll fetches every bundle that the options name, at once.
func (o Options) fetchAll(ctx context.Context) (map[string][]source, error) {
	var names []string
	for _, name := range slices.Concat(o.Rego, o.Data, o.Gatekeeper) {
		if strings.HasPrefix(name, bundleScheme) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	files, errs := make([][]source, len(names)), make([]error, len(names))
	parallel.Each(len(names), func(i int) { files[i], errs[i] = o.Bundles.fetch(ctx, names[i]) })
	fetched := map[string][]source{}
	for i, name := range names {
		fetched[name] = files[i]
	}
	return fetched, errors.Join(errs...)
}

// fetch returns the files of a bundle: from the cache if it is there.
func (b Bundles) fetch(ctx context.Context, bundle string) ([]source, error) {
	name := strings.TrimPrefix(bundle, bundleScheme)
	ref, err := image.ParseRemote(name)
	if err != nil {
		return nil, err
	}
	digest, pinned := ref.Pinned()
	if !pinned {
		return nil, &gate.CheckError{
			Err:  fmt.Errorf("the bundle %s has no digest", bundle),
			Hint: "name it by what it holds: oci://REPOSITORY@sha256:DIGEST",
		}
	}
	dir, err := os.MkdirTemp("", "portcullis-bundle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	blobs, err := b.blobs(ctx, ref, digest.String(), dir)
	if err != nil {
		return nil, err
	}
	files, err := unpack(blobs)
	if err != nil {
		return nil, fmt.Errorf("reading the bundle %s: %w", bundle, err)
	}
	for i := range files {
		files[i].path = name + "/" + files[i].path
	}
	return files, nil
}

// blobs fetches the layers to a folder, and keeps them if there is a cache.
func (b Bundles) blobs(ctx context.Context, ref image.Reference, digest, dir string) ([]image.Blob, error) {
	fetcher := b.Fetcher
	fetcher.Limits = image.Limits{Manifest: 1 << 20, Compressed: maxBundle}
	kept := ""
	if b.CacheDir != "" {
		kept = filepath.Join(b.CacheDir, "policies", strings.ReplaceAll(digest, ":", "-"))
		if cached, err := image.Parse("oci:" + kept + "@" + digest); err == nil {
			target := filepath.Join(dir, "cached")
			if err := os.Mkdir(target, 0o700); err != nil {
				return nil, err
			}
			if blobs, err := fetcher.Contents(ctx, cached, target); err == nil {
				return blobs, nil
			}
		}
	}
	if b.Offline {
		return nil, &gate.CheckError{
			Err:  fmt.Errorf("the bundle %s%s is not in the cache, and --offline forbids to fetch it", bundleScheme, ref),
			Hint: "run once without --offline, or name a folder of the workspace",
		}
	}
	target := filepath.Join(dir, "fetched")
	if err := os.Mkdir(target, 0o700); err != nil {
		return nil, err
	}
	blobs, err := fetcher.Contents(ctx, ref, target)
	if err == nil && kept != "" {
		keep(target, kept)
	}
	return blobs, err
}

// keep copies a bundle to the cache. That it cannot be kept costs time in the
// next run and nothing else; what is kept only in part is not used.
func keep(from, to string) {
	if os.RemoveAll(to) != nil || os.MkdirAll(filepath.Dir(to), 0o700) != nil {
		return
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		_ = os.RemoveAll(to)
	}
}

// unpack returns the files of the layers: those that a layer is, and those of
// archives.
func unpack(blobs []image.Blob) ([]source, error) {
	var files []source
	u := unpacker{left: maxBundle}
	for _, blob := range blobs {
		found, err := u.files(blob)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	slices.SortStableFunc(files, func(a, b source) int { return strings.Compare(a.path, b.path) })
	for i := 1; i < len(files); i++ {
		if files[i].path == files[i-1].path {
			return nil, fmt.Errorf("two files %q", files[i].path)
		}
	}
	if len(files) == 0 {
		return nil, errors.New("no file in it")
	}
	return files, nil
}

// localName cleans the name of a file in a bundle. One that leads out of it is
// an error.
func localName(name string) (string, error) {
	clean := path.Clean(strings.TrimPrefix(name, "/"))
	if !filepath.IsLocal(clean) || clean == "." || strings.ContainsAny(clean, "\\\x00\n") {
		return "", fmt.Errorf("%q leads out of the bundle", name)
	}
	return clean, nil
}
