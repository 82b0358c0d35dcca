package image

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A layoutSource reads an OCI layout folder. No link leads out of it.
type layoutSource struct{ root *os.Root }

// openLayout resolves "oci:DIR".
func (f *Fetcher) openLayout(ctx context.Context, ref Reference) (manifest, source, error) {
	ref = ref.onDisk()
	root, err := os.OpenRoot(ref.path)
	if err != nil {
		return manifest{}, nil, fmt.Errorf("opening the OCI layout: %w", err)
	}
	src := &layoutSource{root: root}
	m, err := f.rootOfLayout(ctx, ref, src)
	if err != nil {
		return manifest{}, nil, errors.Join(err, src.Close())
	}
	return m, src, nil
}

func (f *Fetcher) rootOfLayout(ctx context.Context, ref Reference, src *layoutSource) (manifest, error) {
	if _, err := src.root.Stat("oci-layout"); err != nil {
		return manifest{}, fmt.Errorf("%q is not an OCI layout: it has no file oci-layout", ref.path)
	}
	file, err := src.file("index.json")
	if err != nil {
		return manifest{}, fmt.Errorf("reading the OCI layout: %w", err)
	}
	defer file.Close()
	raw, err := readLimited(file, f.Limits.Manifest)
	if err != nil {
		return manifest{}, fmt.Errorf("reading index.json: %w", err)
	}
	return f.choose(ctx, ref, src, raw)
}

// choose returns the manifest that the reference means of those that an
// index.json lists.
func (f *Fetcher) choose(ctx context.Context, ref Reference, src source, index []byte) (manifest, error) {
	list, err := v1.ParseIndexManifest(bytes.NewReader(index))
	if err != nil {
		return manifest{}, fmt.Errorf("parsing index.json: %w", err)
	}
	var found []v1.Descriptor
	var all []string
	for _, desc := range list.Manifests {
		named := cmp.Or(desc.Annotations[refName], desc.Annotations[containerdName])
		if desc.Digest == ref.digest || ref.names([]string{named, desc.Annotations[containerdName]}) || len(list.Manifests) == 1 && ref.takesOnly() {
			found = append(found, desc)
		}
		each := "@" + desc.Digest.String()
		if named != "" {
			each += " (:" + named + ")"
		}
		all = append(all, each)
	}
	if len(found) != 1 {
		return manifest{}, ref.among("index.json", all)
	}
	return f.readManifest(ctx, src, found[0])
}

// open starts reading a blob.
func (s *layoutSource) open(_ context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	return s.file(path.Join("blobs", desc.Digest.Algorithm, desc.Digest.Hex))
}

// file opens a regular file: a FIFO would block.
func (s *layoutSource) file(name string) (*os.File, error) {
	file, err := s.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%q is not a regular file", name), err, file.Close())
	}
	return file, nil
}

// Close releases the folder.
func (s *layoutSource) Close() error { return s.root.Close() }
