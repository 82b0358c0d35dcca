package image_test

import (
	"strings"
	"testing"
	"testing/fstest"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// TestLayersOfWhatIsKnownAreNotFetched asks for an index one platform of which is
// known.
func TestLayersOfWhatIsKnownAreNotFetched(t *testing.T) {
	reg := newRegistry(t)
	one, err := image.FromFS(fstest.MapFS{"a": {Data: []byte("amd64")}}, amd64, created)
	if err != nil {
		t.Fatal(err)
	}
	two, err := image.FromFS(fstest.MapFS{"a": {Data: []byte("arm64")}}, arm64, created)
	if err != nil {
		t.Fatal(err)
	}
	index, err := image.Index(one, two)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := image.Parse(reg.push("1", index))
	if err != nil {
		t.Fatal(err)
	}
	known, err := one.Digest()
	if err != nil {
		t.Fatal(err)
	}
	f := image.Fetcher{TempDir: t.TempDir(), Known: func(h v1.Hash) bool { return h == known }}
	reg.requests = nil
	img, err := f.Fetch(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	defer img.Close()
	for _, p := range img.Platforms {
		if want := p.Digest == known; p.Known != want || (p.Layout == "") != want || p.Err != nil || p.Name == "" {
			t.Errorf("%+v", p)
		}
	}
	asked := strings.Join(reg.requests, "\n")
	for of, layers := range map[string]v1.Image{"known": one, "other": two} {
		list, err := layers.Layers()
		if err != nil {
			t.Fatal(err)
		}
		digest, err := list[0].Digest()
		if err != nil {
			t.Fatal(err)
		}
		if fetched := strings.Contains(asked, digest.String()); fetched != (of == "other") {
			t.Errorf("the layer of the %s platform: fetched %t", of, fetched)
		}
	}
}
