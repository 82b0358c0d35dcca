package image

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// An Artifact is what was fetched of an OCI artifact.
type Artifact struct {
	Digest    v1.Hash // of the manifest
	MediaType string  // of the layer
}

// Artifact fetches the only layer with one of the given media types of an OCI
// artifact, verified like the layers of an image, to the file target.
func (f *Fetcher) Artifact(ctx context.Context, ref Reference, target string, mediaTypes ...string) (Artifact, error) {
	conf := f.withDefaults()
	dir, err := os.MkdirTemp(conf.TempDir, "portcullis-artifact-")
	if err != nil {
		return Artifact{}, fmt.Errorf("fetching %q: %w", ref, err)
	}
	defer os.RemoveAll(dir)
	got, err := conf.artifact(ctx, ref, mediaTypes, dir, target)
	if err != nil {
		return Artifact{}, fmt.Errorf("fetching %q: %w", ref, err)
	}
	return got, nil
}

func (f *Fetcher) artifact(ctx context.Context, ref Reference, mediaTypes []string, dir, target string) (Artifact, error) {
	root, src, err := f.open(ctx, ref, dir)
	if err != nil {
		return Artifact{}, err
	}
	defer src.Close()
	list, err := v1.ParseManifest(bytes.NewReader(root.raw))
	if err != nil || !root.desc.MediaType.IsImage() {
		return Artifact{}, fmt.Errorf("%s is no manifest of an artifact (%q)", root.desc.Digest, root.desc.MediaType)
	}
	var found []v1.Descriptor
	for _, layer := range list.Layers {
		if slices.Contains(mediaTypes, string(layer.MediaType)) {
			found = append(found, layer)
		}
	}
	if len(found) != 1 {
		return Artifact{}, fmt.Errorf("%s has %d layers of type %q, want one", root.desc.Digest, len(found), mediaTypes)
	}
	f.Pool = nil // what is moved away cannot be shared
	blobs := newStore(f, src, dir, "fetch "+ref.String())
	if err := blobs.blob(ctx, found[0]); err != nil {
		return Artifact{}, err
	}
	got := Artifact{Digest: root.desc.Digest, MediaType: string(found[0].MediaType)}
	return got, os.Rename(blobs.path(found[0].Digest), target)
}
