package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Whatever the bytes of a layer are: no panic, and a layer that is accepted has
// nothing but zeros after the end of its archive.
func FuzzVerifyLayer(f *testing.F) {
	var archive, zipped bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "a", Size: 3}); err != nil {
		f.Fatal(err)
	}
	if _, err := w.Write([]byte("abc")); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(archive.Bytes()); err != nil {
		f.Fatal(err)
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(archive.Bytes())
	f.Add(zipped.Bytes())
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd})
	f.Fuzz(func(t *testing.T, blob []byte) {
		limits := Limits{Uncompressed: 1 << 20}.withDefaults()
		if _, err := verifyLayer(t.Context(), bytes.NewReader(blob), int64(len(blob)), &budget{limits: limits}, nil); err != nil {
			return
		}
		plain, err := Decompress(bytes.NewReader(blob))
		if err != nil {
			t.Fatal(err)
		}
		rest := tar.NewReader(plain)
		for err == nil {
			_, err = rest.Next()
		}
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if tail, err := io.ReadAll(plain); err != nil || len(bytes.Trim(tail, "\x00")) > 0 {
			t.Errorf("accepted with %q at the end, %v", tail, err)
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"config":{},"layers":[]}`), "application/vnd.oci.image.manifest.v1+json")
	f.Add([]byte(`{"manifests":[{}]}`), "")
	f.Fuzz(func(t *testing.T, raw []byte, mediaType string) {
		m, err := newManifest(raw, types.MediaType(mediaType))
		if err == nil && !m.desc.MediaType.IsImage() && !m.desc.MediaType.IsIndex() {
			t.Errorf("accepted as %q", m.desc.MediaType)
		}
	})
}

func FuzzWord(f *testing.F) {
	f.Add("  \"node_modules/lodash\": {", "lodash")
	f.Add("lodash@^4", "lodash")
	f.Fuzz(func(t *testing.T, line, name string) {
		if name == "" {
			return
		}
		if start, end := word(line, name); start != end && line[start:end] != name {
			t.Errorf("%q in %q: %q", name, line, line[start:end])
		}
	})
}
