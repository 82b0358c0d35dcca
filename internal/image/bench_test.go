package image_test

import (
	"crypto/rand"
	"testing"
	"testing/fstest"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// BenchmarkFetch fetches and verifies an image of two platforms that share a
// layer of 16 MiB.
func BenchmarkFetch(b *testing.B) {
	data := make([]byte, 16<<20)
	_, _ = rand.Read(data)
	files := fstest.MapFS{"data": {Data: data}}
	amd, err := image.FromFS(files, amd64, created)
	if err != nil {
		b.Fatal(err)
	}
	arm, err := image.FromFS(files, arm64, created)
	if err != nil {
		b.Fatal(err)
	}
	index, err := image.Index(amd, arm)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	target, err := layout.Write(dir, empty.Index)
	if err != nil {
		b.Fatal(err)
	}
	if err := target.AppendIndex(index); err != nil {
		b.Fatal(err)
	}
	ref, err := image.Parse("oci:" + dir)
	if err != nil {
		b.Fatal(err)
	}
	f := image.Fetcher{TempDir: b.TempDir()}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		img, err := f.Fetch(b.Context(), ref)
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range img.Platforms {
			if p.Err != nil {
				b.Fatal(p.Err)
			}
		}
		if err := img.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
