package image

import (
	"archive/tar"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// An archiveSource reads an archive that was unpacked to a store: whatever has
// the right digest is the blob, under whichever name it stood in the archive.
type archiveSource struct {
	files map[string]v1.Descriptor // by name in the archive
	paths map[v1.Hash]string       // of the unpacked files
}

// openArchive resolves "tar:FILE", an OCI layout or what `docker save` writes.
func (f *Fetcher) openArchive(ctx context.Context, ref Reference, dir string) (manifest, source, error) {
	ref = ref.onDisk()
	file, err := os.Open(ref.path)
	if err != nil {
		return manifest{}, nil, fmt.Errorf("opening the archive: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return manifest{}, nil, err
	case !info.Mode().IsRegular():
		return manifest{}, nil, fmt.Errorf("%q is not a regular file", ref.path)
	}
	src := &archiveSource{files: map[string]v1.Descriptor{}, paths: map[v1.Hash]string{}}
	if err := src.unpack(ctx, file, info.Size(), filepath.Join(dir, "archive"), f.Limits); err != nil {
		return manifest{}, nil, fmt.Errorf("unpacking %q: %w", ref, err)
	}
	m, err := src.root(ctx, f, ref)
	return m, src, err
}

// root returns the manifest of the archive. An archive that has both forms is
// read as an OCI layout, which names the digest that the image was built with.
func (s *archiveSource) root(ctx context.Context, f *Fetcher, ref Reference) (manifest, error) {
	_, isLayout := s.files["oci-layout"]
	index, hasIndex := s.files["index.json"]
	list, isDocker := s.files["manifest.json"]
	switch {
	case isLayout && hasIndex:
		raw, err := s.small(index, f.Limits)
		if err != nil {
			return manifest{}, fmt.Errorf("reading index.json: %w", err)
		}
		return f.choose(ctx, ref, s, raw)
	case isDocker:
		raw, err := s.small(list, f.Limits)
		if err != nil {
			return manifest{}, fmt.Errorf("reading manifest.json: %w", err)
		}
		return s.docker(ref, raw)
	}
	return manifest{}, fmt.Errorf("%q is neither an OCI layout nor an archive of docker save", ref)
}

// saved is an image as `docker save` lists it.
type saved struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// docker makes a manifest of what `docker save` wrote, which has none.
func (s *archiveSource) docker(ref Reference, raw []byte) (manifest, error) {
	var all []saved
	if err := json.Unmarshal(raw, &all); err != nil {
		return manifest{}, fmt.Errorf("parsing manifest.json: %w", err)
	}
	var list []saved
	var names []string
	for _, one := range all {
		if ref.names(one.RepoTags) || len(all) == 1 && ref.takesOnly() {
			list = append(list, one)
		}
		for _, tag := range one.RepoTags {
			names = append(names, ":"+tag)
		}
	}
	switch {
	case ref.digest != (v1.Hash{}):
		return manifest{}, errors.New("an archive of docker save has no digests: name the image by its tag, tar:FILE:NAME")
	case len(list) != 1 && len(all) > 0 && len(names) == 0:
		return manifest{}, fmt.Errorf("manifest.json lists %d images without a name: save one of them alone", len(all))
	case len(list) != 1:
		return manifest{}, ref.among("manifest.json", names)
	}
	image := v1.Manifest{SchemaVersion: 2, MediaType: types.DockerManifestSchema2}
	var errs []error
	member := func(name string, mediaType types.MediaType) v1.Descriptor {
		desc, ok := s.files[path.Clean(name)]
		if !ok {
			errs = append(errs, fmt.Errorf("manifest.json names %q, which is not in the archive", name))
		}
		desc.MediaType = mediaType
		return desc
	}
	image.Config = member(list[0].Config, types.DockerConfigJSON)
	for _, name := range list[0].Layers {
		image.Layers = append(image.Layers, member(name, types.DockerUncompressedLayer))
	}
	if err := errors.Join(errs...); err != nil {
		return manifest{}, err
	}
	made, err := json.Marshal(image)
	if err != nil {
		return manifest{}, err
	}
	return newManifest(made, image.MediaType)
}

// unpack writes the regular files of an archive to dir, under names of its own.
// No file may claim more than the archive holds, so that a sparse one cannot
// fill the disk.
func (s *archiveSource) unpack(ctx context.Context, file io.Reader, size int64, dir string, limits Limits) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	plain, err := Decompress(file)
	if err != nil {
		return err
	}
	defer plain.Close()
	b := &budget{limits: limits}
	archive := tar.NewReader(&meter{ctx: ctx, r: plain, size: size, budget: b})
	links := map[string]string{}
	for {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return s.follow(links)
		case err != nil:
			return err
		}
		if err := errors.Join(b.addEntry(), b.addUncompressed(header.Size), b.ratio(size, header.Size)); err != nil {
			return err
		}
		name := path.Clean(header.Name)
		switch header.Typeflag {
		case tar.TypeReg:
			err = s.add(archive, name, filepath.Join(dir, fmt.Sprint(len(s.files))))
		case tar.TypeSymlink:
			links[name] = path.Join(path.Dir(name), header.Linkname)
		case tar.TypeLink:
			links[name] = path.Clean(header.Linkname)
		}
		if err != nil {
			return err
		}
	}
}

func (s *archiveSource) add(content io.Reader, name, target string) error {
	if _, twice := s.files[name]; twice {
		return fmt.Errorf("%q is there twice", name)
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	digest, size, err := v1.SHA256(io.TeeReader(content, file))
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("reading %q: %w", name, err)
	}
	s.files[name] = v1.Descriptor{Digest: digest, Size: size}
	s.paths[digest] = target
	return nil
}

// follow resolves links between members of the archive, which older engines
// write for layers that are the same.
func (s *archiveSource) follow(links map[string]string) error {
	for name, target := range links {
		for range len(links) {
			target = cmp.Or(links[target], target)
		}
		desc, ok := s.files[target]
		if _, twice := s.files[name]; !ok || twice {
			return fmt.Errorf("the link %q leads to no file of the archive", name)
		}
		s.files[name] = desc
	}
	return nil
}

func (s *archiveSource) small(desc v1.Descriptor, limits Limits) ([]byte, error) {
	if desc.Size > limits.Manifest {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrLimit, limits.Manifest)
	}
	return os.ReadFile(s.paths[desc.Digest])
}

// open starts reading a blob.
func (s *archiveSource) open(_ context.Context, desc v1.Descriptor) (io.ReadCloser, error) {
	name, ok := s.paths[desc.Digest]
	if !ok {
		return nil, fmt.Errorf("%s is not in the archive", desc.Digest)
	}
	return os.Open(name)
}

// Close does nothing: the files go with the image.
func (s *archiveSource) Close() error { return nil }
