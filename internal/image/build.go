package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// FromFS makes an image with one layer that holds the files of fsys. The same
// arguments give the same digest: names are in order, owners are root, every
// time is created, and of the modes only counts whether a file is executable.
func FromFS(fsys fs.FS, platform v1.Platform, created time.Time) (v1.Image, error) {
	archive, err := archiveFS(fsys, created)
	if err != nil {
		return nil, fmt.Errorf("making an image: %w", err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(archive)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, fmt.Errorf("making an image: %w", err)
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err := mutate.Append(base, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: v1.Time{Time: created}, CreatedBy: "COPY . / # portcullis"},
	})
	if err != nil {
		return nil, fmt.Errorf("making an image: %w", err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("making an image: %w", err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Created = v1.Time{Time: created}
	return mutate.ConfigFile(img, config)
}

// Index makes an index of images, each under the platform of its configuration.
func Index(images ...v1.Image) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, img := range images {
		config, err := img.ConfigFile()
		if err != nil {
			return nil, fmt.Errorf("making an index: %w", err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        img,
			Descriptor: v1.Descriptor{Platform: config.Platform()},
		})
	}
	return index, nil
}

// archiveFS writes the files of fsys as a tar archive.
func archiveFS(fsys fs.FS, created time.Time) ([]byte, error) {
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		header := &tar.Header{Name: name, Mode: 0o644, ModTime: created, Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		var content []byte
		switch {
		case d.IsDir():
			header.Name, header.Mode, header.Typeflag = name+"/", 0o755, tar.TypeDir
		case d.Type().IsRegular():
			if content, err = fs.ReadFile(fsys, name); err != nil {
				return err
			}
			header.Size = int64(len(content))
			if info, err := d.Info(); err == nil && info.Mode().Perm()&0o111 != 0 {
				header.Mode = 0o755
			}
		default:
			return fmt.Errorf("%q is neither a file nor a folder", name)
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err = archive.Write(content)
		return err
	})
	if err == nil {
		err = archive.Close()
	}
	return out.Bytes(), err
}
