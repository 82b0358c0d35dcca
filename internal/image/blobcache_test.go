package image_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// A memory is a cache that anybody may have written to.
type memory map[string][]byte

func (m memory) Get(_ context.Context, digest string) (io.ReadCloser, error) {
	b, ok := m[digest]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (m memory) Put(_ context.Context, digest, file string) (err error) {
	if m["full"] != nil {
		return errors.New("the cache is full")
	}
	m[digest], err = os.ReadFile(file)
	return err
}

// What a cache says is taken if it has the digest that the registry names, and
// else as if the cache were not there.
func TestR08CachedBytesAreVerified(t *testing.T) {
	reg := newRegistry(t)
	img := sample(t, amd64, "one")
	ref := reg.push("1", img)
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	layer := hashOf(t, layers[0]).String()
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := image.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	cached := memory{}
	get := func() []byte {
		f := image.Fetcher{TempDir: t.TempDir(), Cache: cached}
		target := filepath.Join(f.TempDir, "layer")
		got, err := f.Artifact(t.Context(), parsed, target, string(manifest.Layers[0].MediaType))
		if err != nil || got.Digest != hashOf(t, img) {
			t.Fatal(got, err)
		}
		content, err := os.ReadFile(target)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	want := get() // fills the cache
	for _, test := range []struct {
		name    string
		held    []byte
		fetched int
	}{
		{"the bytes", cached[layer], 0},
		{"other bytes", bytes.Repeat([]byte("x"), len(want)), 1},
		{"fewer bytes", want[:len(want)/2], 1},
		{"more bytes", append(bytes.Clone(want), 0), 1},
		{"no bytes", nil, 1},
	} {
		cached[layer] = test.held
		reg.turn(nil)
		if !bytes.Equal(get(), want) {
			t.Errorf("%s: other bytes came out", test.name)
		}
		if n := reg.count("GET /v2/acme/shop/blobs/"); n != test.fetched {
			t.Errorf("%s: %d blobs were fetched, want %d", test.name, n, test.fetched)
		}
	}
	delete(cached, layer)
	cached["full"] = []byte{1}
	if !bytes.Equal(get(), want) {
		t.Error("a cache that takes nothing changes what comes out")
	}
}
