package image_test

import (
	"errors"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// What registries keep beside images is called what it is, and is no platform.
func TestWhatIsNoImage(t *testing.T) {
	reg := newRegistry(t)
	artifact := func(config, layer types.MediaType) v1.Image {
		img, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1),
			mutate.Addendum{Layer: static.NewLayer([]byte("content"), layer)})
		if err != nil {
			t.Fatal(err)
		}
		return mutate.ConfigMediaType(img, config)
	}
	for _, test := range []struct {
		config, layer types.MediaType
		want          string
	}{
		{"application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "a Helm chart"},
		{types.OCIConfigJSON, "application/vnd.dev.cosign.simplesigning.v1+json", "a signature of cosign"},
		{"application/vnd.oci.empty.v1+json", "application/vnd.dev.sigstore.bundle.v0.3+json", "a signature or attestation of sigstore"},
		{types.OCIConfigJSON, "application/vnd.in-toto+json", "an attestation"},
		{"application/vnd.example.config+json", types.OCILayer, `its media type is "application/vnd.example.config+json"`},
	} {
		_, err := fetch(t, image.Fetcher{}, reg.push("1", artifact(test.config, test.layer)))
		if !errors.Is(err, image.ErrKind) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, %s: got %v", test.config, test.layer, err)
			continue
		}
		ref, _ := image.Parse("ghcr.io/acme/shop:1")
		if hint := image.Hint(err, ref); !strings.HasPrefix(hint, "name a container image") {
			t.Errorf("the hint is %q", hint)
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	for ref, want := range map[string]string{
		"ghcr.io/Acme/shop:1":           "names are in lower case",
		"Shop:1":                        "names are in lower case",
		"ghcr.io/acme/shop :1":          "it has a space in it",
		"ghcr.io/acme/shop:${TAG}":      "a placeholder",
		"ghcr.io/acme/{{ .name }}":      "it has a space in it",
		"ghcr.io/acme/{{.name}}":        "a placeholder",
		"ghcr.io/acme/shop@sha256:1234": "64 hexadecimal digits",
		"ghcr.io/acme/shop@latest":      "64 hexadecimal digits",
		"":                              "it is empty",
		"ghcr.io/acme/shop:1:2":         "want a name such as",
		"docker:Shop":                   "names are in lower case",
	} {
		if _, err := image.Parse(ref); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", ref, err, want)
		}
	}
}
