package scan

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// artifactConfig is the media type that the makers of Trivy give a database.
const artifactConfig = "application/vnd.aquasec.trivy.config.v1+json"

// Export writes a usable database to a file, which is complete or not there: the
// archive of an OCI layout, as Import reads it and registries take it. It returns
// the digest of its manifest.
func (d *Databases) Export(ctx context.Context, java bool, file string) (digest string, err error) {
	err = d.locked(ctx, java, func(dir string, from depot) error {
		have, err := d.keptIn(dir, from)
		if err != nil {
			return fmt.Errorf("there is no usable database to export: %w", err)
		}
		digest, err = export(ctx, have, from, file)
		return err
	})
	return digest, err
}

func export(ctx context.Context, have have, from depot, file string) (digest string, err error) {
	// Beside the target: there it becomes the target by its name alone.
	temp, err := os.MkdirTemp(filepath.Dir(file), ".portcullis-export-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	oci := filepath.Join(temp, "layout")
	if digest, err = writeArtifact(ctx, oci, have, from); err != nil {
		return "", err
	}
	archive := filepath.Join(temp, "archive.tar")
	if err := create(archive, func(w io.Writer) error { return archiveFolder(ctx, w, oci, have.updated) }); err != nil {
		return "", err
	}
	return digest, os.Rename(archive, file)
}

// writeArtifact writes a database as an OCI layout, and returns the digest of the
// manifest. The same database gives the same bytes.
func writeArtifact(ctx context.Context, dir string, have have, from depot) (string, error) {
	target, err := layout.Write(dir, empty.Index)
	if err != nil {
		return "", err
	}
	layer := stream.NewLayer(pipe(func(w io.Writer) error {
		return archiveFiles(ctx, w, have.folder, have.updated, "metadata.json", from.file)
	}), stream.WithMediaType(types.MediaType(from.layerType)), stream.WithCompressionLevel(gzip.BestSpeed))
	artifact, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{Layer: layer})
	if err != nil {
		return "", err
	}
	artifact = mutate.ConfigMediaType(artifact, artifactConfig)
	if err := target.AppendImage(artifact); err != nil {
		return "", fmt.Errorf("packing the database: %w", err)
	}
	digest, err := artifact.Digest()
	return digest.String(), err
}

// pipe returns a reader of what write writes.
func pipe(write func(io.Writer) error) io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	return r
}

// archiveFolder writes every file below dir.
func archiveFolder(ctx context.Context, w io.Writer, dir string, at time.Time) error {
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	return archiveFiles(ctx, w, dir, at, names...)
}

// archiveFiles writes the named files of dir.
func archiveFiles(ctx context.Context, w io.Writer, dir string, at time.Time, names ...string) error {
	archive := tar.NewWriter(w)
	for _, name := range names {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := archiveFile(archive, dir, name, at); err != nil {
			return fmt.Errorf("packing %q: %w", name, err)
		}
	}
	return archive.Close()
}

func archiveFile(archive *tar.Writer, dir, name string, at time.Time) error {
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Mode: 0o644, Size: info.Size(), ModTime: at.Truncate(time.Second), Format: tar.FormatPAX}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}

// create writes a file, which is on the disk when it returns.
func create(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Sync(), file.Close())
}
