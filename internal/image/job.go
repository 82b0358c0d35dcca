package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/portcullis-ci/portcullis/internal/parallel"
)

// A job fetches one image.
type job struct {
	*Fetcher
	src   source
	store *store
	dir   string

	manifests atomic.Int64 // listed by indexes so far
}

func newJob(f *Fetcher, src source, img *Image) *job {
	step := "fetch " + img.Reference
	return &job{Fetcher: f, src: src, dir: img.dir, store: newStore(f, src, filepath.Join(img.dir, "blobs"), step)}
}

// A leaf is a manifest of an image that is not an index.
type leaf struct {
	desc     v1.Descriptor
	manifest manifest
	skipped  string
	err      error
}

// expand returns the leaves below a manifest. A child that cannot be read is a
// leaf with an error, so that it is reported and never left out.
func (j *job) expand(ctx context.Context, m manifest, depth int) ([]leaf, error) {
	if m.desc.MediaType.IsImage() {
		return []leaf{{desc: m.desc, manifest: m}}, nil
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(m.raw))
	if err != nil {
		return nil, fmt.Errorf("parsing index %s: %w", m.desc.Digest, err)
	}
	if len(index.Manifests) == 0 {
		return nil, fmt.Errorf("index %s %w", m.desc.Digest, errEmpty)
	}
	if j.manifests.Add(int64(len(index.Manifests))) > int64(j.Limits.Platforms) {
		return nil, fmt.Errorf("%w: index %s makes it more than %d manifests", ErrLimit, m.desc.Digest, j.Limits.Platforms)
	}
	children := make([][]leaf, len(index.Manifests))
	parallel.Each(len(children), func(i int) { children[i] = j.child(ctx, index.Manifests[i], depth) })
	return slices.Concat(children...), nil
}

func (j *job) child(ctx context.Context, desc v1.Descriptor, depth int) []leaf {
	l := leaf{desc: desc}
	switch {
	case isAttestation(desc):
		l.skipped = "an attestation about another platform, nothing that runs"
		return []leaf{l}
	case unknown(desc.Platform):
		l.err = errors.New("its platform is unknown, and it is not marked as an attestation")
		return []leaf{l}
	case desc.Platform != nil && !desc.MediaType.IsIndex() && j.leftOut(platformName(desc.Platform)) != "":
		l.skipped = LeftOut
		return []leaf{l}
	case desc.MediaType.IsIndex() && depth+1 > j.Limits.Depth:
		l.err = fmt.Errorf("%w: indexes are nested more than %d deep", ErrLimit, j.Limits.Depth)
		return []leaf{l}
	}
	l.manifest, l.err = j.childManifest(ctx, desc)
	if l.err != nil || desc.MediaType.IsImage() {
		return []leaf{l}
	}
	leaves, err := j.expand(ctx, l.manifest, depth+1)
	if err != nil {
		l.err = err
		return []leaf{l}
	}
	return leaves
}

func (j *job) childManifest(ctx context.Context, desc v1.Descriptor) (manifest, error) {
	defer j.store.slot()()
	return j.readManifest(ctx, j.src, desc)
}

// isAttestation reports whether desc is what BuildKit adds to an index beside
// the images. Both marks are needed: no engine runs "unknown/unknown".
func isAttestation(desc v1.Descriptor) bool {
	return desc.Annotations["vnd.docker.reference.type"] == "attestation-manifest" && unknown(desc.Platform)
}

func unknown(p *v1.Platform) bool {
	return p != nil && p.OS == "unknown" && p.Architecture == "unknown"
}

// fetchAll fetches the leaves, all at once; the store bounds the requests.
func (j *job) fetchAll(ctx context.Context, leaves []leaf) []Platform {
	platforms := make([]Platform, len(leaves))
	parallel.Each(len(leaves), func(i int) {
		l := leaves[i]
		p := Platform{Name: platformName(l.desc.Platform), Digest: l.desc.Digest, Skipped: l.skipped, Err: l.err}
		if p.Err == nil && p.Skipped == "" {
			p.Err = j.fetch(ctx, l, filepath.Join(j.dir, strconv.Itoa(i)), &p)
		}
		platforms[i] = p
	})
	return platforms
}

// fetch gets and verifies one image, and writes its layout to dir.
func (j *job) fetch(ctx context.Context, l leaf, dir string, p *Platform) error {
	image, err := v1.ParseManifest(bytes.NewReader(l.manifest.raw))
	if err != nil {
		return fmt.Errorf("parsing manifest %s: %w", l.desc.Digest, err)
	}
	if err := runnable(image); err != nil {
		return err
	}
	config, err := j.config(ctx, image.Config)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if l.desc.Platform == nil {
		p.Name = platformName(config.Platform())
		if p.Skipped = j.leftOut(p.Name); p.Skipped != "" {
			return nil
		}
	}
	if j.Known != nil && j.Known(l.desc.Digest) {
		p.Known, p.History = true, history(config)
		return nil
	}
	if err := j.layers(ctx, image.Layers, config.RootFS.DiffIDs); err != nil {
		return err
	}
	if err := j.writeLayout(dir, l, image); err != nil {
		return err
	}
	if err := j.store.linkUnpacked(image.Layers, config.RootFS.DiffIDs, dir); err != nil {
		return err
	}
	p.Layout, p.History = dir, history(config)
	return nil
}

func (j *job) config(ctx context.Context, desc v1.Descriptor) (*v1.ConfigFile, error) {
	if desc.Size > j.Limits.Manifest {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrLimit, j.Limits.Manifest)
	}
	raw, err := j.store.bytes(ctx, desc)
	if err != nil {
		return nil, err
	}
	config := &v1.ConfigFile{}
	if err := json.Unmarshal(raw, config); err != nil {
		return nil, fmt.Errorf("parsing %s: %w", desc.Digest, err)
	}
	return config, nil
}

// errForeign is about a layer that its maker does not let registries keep.
var errForeign = errors.New("it is a foreign layer (of a base image of Windows, mostly), which the registry does not have")

// layers fetches all layers, and compares what they unpack to with what the
// configuration says.
func (j *job) layers(ctx context.Context, descs []v1.Descriptor, diffIDs []v1.Hash) error {
	if len(descs) != len(diffIDs) {
		return fmt.Errorf("%w: %d layers, but the configuration lists %d", ErrDigest, len(descs), len(diffIDs))
	}
	errs := make([]error, len(descs))
	parallel.Each(len(descs), func(i int) {
		got, err := j.store.layer(ctx, descs[i])
		switch {
		case errors.Is(err, ErrAbsent) && !descs[i].MediaType.IsDistributable():
			errs[i] = fmt.Errorf("layer %d: %w", i+1, errForeign)
		case err != nil:
			errs[i] = fmt.Errorf("layer %d: %w", i+1, err)
		case got != diffIDs[i]:
			errs[i] = fmt.Errorf("layer %d: %w: it unpacks to %s, the configuration says %s", i+1, ErrDigest, got, diffIDs[i])
		}
	})
	return errors.Join(errs...)
}

// writeLayout writes an OCI layout that shares the verified blobs of the store.
func (j *job) writeLayout(dir string, l leaf, image *v1.Manifest) error {
	target, err := layout.Write(dir, empty.Index)
	if err != nil {
		return fmt.Errorf("writing the layout: %w", err)
	}
	if err := target.WriteBlob(l.desc.Digest, readCloser(l.manifest.raw)); err != nil {
		return fmt.Errorf("writing the layout: %w", err)
	}
	for _, desc := range append([]v1.Descriptor{image.Config}, image.Layers...) {
		if err := j.store.link(desc.Digest, dir); err != nil {
			return fmt.Errorf("writing the layout: %w", err)
		}
	}
	desc := v1.Descriptor{
		MediaType: l.manifest.desc.MediaType, Digest: l.desc.Digest, Size: l.manifest.desc.Size, Platform: l.desc.Platform,
	}
	if err := target.AppendDescriptor(desc); err != nil {
		return fmt.Errorf("writing the layout: %w", err)
	}
	return nil
}

// platformName is the name of a platform as `docker buildx` writes it.
func platformName(p *v1.Platform) string {
	if p == nil || p.OS == "" && p.Architecture == "" {
		return "unknown"
	}
	return p.String()
}
