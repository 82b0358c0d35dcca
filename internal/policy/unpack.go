package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// An unpacker reads the layers of a bundle, within its limits.
type unpacker struct {
	left    int64 // bytes
	entries int
}

var errBundleSize = fmt.Errorf("more than %d MiB of files", maxBundle>>20)

// files returns what a layer holds: as conftest and oras write them, a file
// with its name as the title, or an archive.
func (u *unpacker) files(blob image.Blob) ([]source, error) {
	file, err := os.Open(blob.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	packed := strings.HasSuffix(blob.MediaType, "gzip") || strings.HasSuffix(blob.Title, "gz")
	if packed || strings.HasSuffix(blob.MediaType, "tar") || strings.HasSuffix(blob.Title, ".tar") {
		return u.archive(file, packed)
	}
	if blob.Title == "" {
		return nil, fmt.Errorf("a layer of the type %q is neither a file with a name nor an archive", blob.MediaType)
	}
	name, err := localName(blob.Title)
	if err != nil {
		return nil, err
	}
	data, err := u.read(file)
	return []source{{path: name, data: data}}, err
}

func (u *unpacker) archive(r io.Reader, packed bool) ([]source, error) {
	if packed {
		unzipped, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("reading an archive: %w", err)
		}
		// Names and padding of an archive count too, three times at the most.
		r = io.LimitReader(unzipped, 4*maxBundle)
	}
	var files []source
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading an archive: %w", err)
		}
		if u.entries++; u.entries > maxBundleEntries {
			return nil, fmt.Errorf("more than %d files", maxBundleEntries)
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		name, err := localName(header.Name)
		if err != nil {
			return nil, err
		}
		if header.Typeflag != tar.TypeReg {
			return nil, fmt.Errorf("%q is no regular file", header.Name)
		}
		data, err := u.read(archive)
		if err != nil {
			return nil, err
		}
		files = append(files, source{path: name, data: data})
	}
}

func (u *unpacker) read(r io.Reader) ([]byte, error) {
	var data bytes.Buffer
	n, err := data.ReadFrom(io.LimitReader(r, u.left+1))
	if u.left -= n; u.left < 0 {
		return nil, errBundleSize
	}
	return data.Bytes(), err
}
