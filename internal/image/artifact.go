package image

import (
	"bytes"
	"context"
	"fmt"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Artifact fetches the only layer with the given media type of an OCI artifact
// in a registry, verified like the layers of an image, to the file target. It
// returns the digest of the manifest.
func (f *Fetcher) Artifact(ctx context.Context, ref Reference, mediaType, target string) (v1.Hash, error) {
	conf := f.withDefaults()
	dir, err := os.MkdirTemp(conf.TempDir, "portcullis-artifact-")
	if err != nil {
		return v1.Hash{}, fmt.Errorf("fetching %q: %w", ref, err)
	}
	defer os.RemoveAll(dir)
	digest, err := conf.artifact(ctx, ref, types.MediaType(mediaType), dir, target)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("fetching %q: %w", ref, err)
	}
	return digest, nil
}

func (f *Fetcher) artifact(ctx context.Context, ref Reference, mediaType types.MediaType, dir, target string) (v1.Hash, error) {
	root, src, err := f.open(ctx, ref, dir)
	if err != nil {
		return v1.Hash{}, err
	}
	defer src.Close()
	list, err := v1.ParseManifest(bytes.NewReader(root.raw))
	if err != nil || !root.desc.MediaType.IsImage() {
		return v1.Hash{}, fmt.Errorf("%s is no manifest of an artifact (%q)", root.desc.Digest, root.desc.MediaType)
	}
	var found []v1.Descriptor
	for _, layer := range list.Layers {
		if layer.MediaType == mediaType {
			found = append(found, layer)
		}
	}
	if len(found) != 1 {
		return v1.Hash{}, fmt.Errorf("%s has %d layers of type %q, want one", root.desc.Digest, len(found), mediaType)
	}
	blobs := newStore(f, src, dir, "fetch "+ref.String())
	if err := blobs.blob(ctx, found[0]); err != nil {
		return v1.Hash{}, err
	}
	return root.desc.Digest, os.Rename(blobs.path(found[0].Digest), target)
}
