package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A Blob is one layer of an artifact, verified.
type Blob struct {
	MediaType string
	Title     string // the name that the artifact gives it: org.opencontainers.image.title
	Path      string // of the file that holds it
}

// Contents fetches an OCI artifact to dir, a folder that exists and is empty,
// as an OCI layout: each layer verified like those of an image, in the order of
// the manifest. [Parse] of "oci:DIR@DIGEST" names the same artifact again.
func (f *Fetcher) Contents(ctx context.Context, ref Reference, dir string) ([]Blob, error) {
	conf := f.withDefaults()
	blobs, err := conf.contents(ctx, ref, dir)
	if err != nil {
		return nil, fmt.Errorf("fetching %q: %w", ref, err)
	}
	return blobs, nil
}

func (f *Fetcher) contents(ctx context.Context, ref Reference, dir string) ([]Blob, error) {
	root, src, err := f.open(ctx, ref, dir)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	list, err := v1.ParseManifest(bytes.NewReader(root.raw))
	if err != nil || !root.desc.MediaType.IsImage() {
		return nil, fmt.Errorf("%s is no manifest of an artifact (%q)", root.desc.Digest, root.desc.MediaType)
	}
	stored := newStore(f, src, filepath.Join(dir, "blobs", "sha256"), "fetch "+ref.String())
	var blobs []Blob
	for _, layer := range list.Layers {
		if err := stored.blob(ctx, layer); err != nil {
			return nil, err
		}
		blobs = append(blobs, Blob{
			MediaType: string(layer.MediaType), Title: layer.Annotations["org.opencontainers.image.title"], Path: stored.path(layer.Digest),
		})
	}
	return blobs, writeLayout(dir, root)
}

// writeLayout makes a folder of blobs the layout of a manifest.
func writeLayout(dir string, root manifest) error {
	index := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[{"mediaType":%q,"digest":%q,"size":%d}]}`,
		types.OCIImageIndex, root.desc.MediaType, root.desc.Digest, len(root.raw))
	blobs := filepath.Join(dir, "blobs", "sha256")
	return errors.Join(
		os.MkdirAll(blobs, 0o700),
		os.WriteFile(filepath.Join(blobs, root.desc.Digest.Hex), root.raw, 0o600),
		os.WriteFile(filepath.Join(dir, "index.json"), []byte(index), 0o600),
		os.WriteFile(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o600),
	)
}
