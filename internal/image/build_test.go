package image_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

func TestR58ExampleImagesAreDeterministic(t *testing.T) {
	digests := map[v1.Hash]bool{}
	for range 2 {
		img, err := image.FromFS(images.Shop(), amd64, created)
		if err != nil {
			t.Fatal(err)
		}
		digests[hashOf(t, img)] = true
	}
	if len(digests) != 1 {
		t.Errorf("the same files gave %d digests", len(digests))
	}
	fixed, err := image.FromFS(images.ShopFixed(), amd64, created)
	if err != nil {
		t.Fatal(err)
	}
	if digests[hashOf(t, fixed)] {
		t.Error("the two variants are the same")
	}
}
