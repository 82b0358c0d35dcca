package image_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// One of several images in a folder or a file is chosen by its name, as other
// tools write that, or by its digest; a path with colons in it is itself.
func TestOneOfSeveralImages(t *testing.T) {
	dir := t.TempDir()
	one, two := sample(t, amd64, "one"), sample(t, arm64, "two")
	digest, err := two.Digest()
	if err != nil {
		t.Fatal(err)
	}
	target, err := layout.Write(filepath.Join(dir, "layout"), empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for tag, img := range map[string]v1.Image{"1.0": one, "ghcr.io/acme/shop:2.0": two} {
		if err := target.AppendImage(img, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": tag})); err != nil {
			t.Fatal(err)
		}
	}
	colons, err := layout.Write(filepath.Join(dir, "a:b"), empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := colons.AppendImage(one); err != nil {
		t.Fatal(err)
	}
	tags := map[name.Tag]v1.Image{}
	for tag, img := range map[string]v1.Image{"shop:1": one, "ghcr.io/acme/till:2": two} {
		parsed, err := name.NewTag(tag)
		if err != nil {
			t.Fatal(err)
		}
		tags[parsed] = img
	}
	if err := tarball.MultiWriteToFile(filepath.Join(dir, "two.tar"), tags); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ ref, want string }{
		{"oci:layout:1.0", "linux/amd64"},
		{"oci:layout:ghcr.io/acme/shop:2.0", "linux/arm64/v8"},
		{"oci:layout@" + digest.String(), "linux/arm64/v8"},
		{"oci:a:b", "linux/amd64"},
		{"tar:two.tar:shop:1", "linux/amd64"},
		{"tar:two.tar:docker.io/library/shop:1", "linux/amd64"},
		{"tar:two.tar:ghcr.io/acme/till:2", "linux/arm64/v8"},
		{"oci:layout:3.0", "index.json does not list 3.0, but @sha256:"},
		{"oci:layout", "choose one by adding to the path one of @sha256:"},
		{"oci:a:b:1", "index.json does not list 1, but @sha256:"},
		{"tar:two.tar", "manifest.json lists 2 images: choose one by adding to the path one of :"},
		{"tar:two.tar:shop:9", "manifest.json does not list shop:9, but :"},
		{"tar:two.tar@" + digest.String(), "an archive of docker save has no digests"},
		{"oci:nowhere:1", "no such file or directory"},
	} {
		kind, path, _ := strings.Cut(test.ref, ":")
		img, err := fetch(t, image.Fetcher{}, kind+":"+dir+string(os.PathSeparator)+path)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = img.Platforms[0].Name
			checkLayout(t, img.Platforms[0])
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%s: got %s, want %s", test.ref, got, test.want)
		}
	}
}
