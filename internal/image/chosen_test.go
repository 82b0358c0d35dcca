package image_test

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/image"
)

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		asked, name string
		want        bool
	}{
		{"linux/amd64", "linux/amd64", true},
		{"linux/amd64", "linux/arm64", false},
		{"linux/arm", "linux/arm/v6", true},
		{"linux/arm", "linux/arm64", false},
		{"linux/arm/v6", "linux/arm/v7", false},
		{"linux/arm/v7", "linux/arm", true},
		{"linux/arm/v6", "linux/arm", false},
		{"linux/arm64/v8", "linux/arm64", true},
		{"linux/arm64/v9", "linux/arm64", false},
		{"linux/386", "linux/386/", true},
		{"windows/amd64", "windows/amd64:10.0.20348.2113", true},
		{"linux/amd64", "unknown", false},
		{"linux/riscv64/", "linux/riscv64", false},
	} {
		if got := image.Covers(test.asked, test.name); got != test.want {
			t.Errorf("%s covers %s: %v", test.asked, test.name, got)
		}
	}
}

func TestR05PlatformsLeftOutAreListedAndNotFetched(t *testing.T) {
	reg := newRegistry(t)
	index := add(mustIndex(t, sample(t, amd64, "amd"), sample(t, arm64, "arm")), sample(t, amd64, "attestation"), v1.Descriptor{
		Platform:    &v1.Platform{OS: "unknown", Architecture: "unknown"},
		Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"},
	})
	single := reg.push("single", sample(t, arm64, "alone"))
	ref := reg.push("index", index)
	for _, test := range []struct {
		ref   string
		asked []string
		want  string
	}{
		{ref, nil, "linux/amd64 fetched, linux/arm64/v8 fetched, unknown/unknown an attestation about another platform, nothing that runs"},
		{ref, []string{"linux/arm64"}, "linux/amd64 " + image.LeftOut + ", linux/arm64/v8 fetched, unknown/unknown an attestation about another platform, nothing that runs"},
		{single, []string{"linux/arm64/v8"}, "linux/arm64/v8 fetched"},
		{single, []string{"linux/amd64"}, "linux/arm64/v8 " + image.LeftOut},
	} {
		reg.turn(nil)
		img, err := fetch(t, image.Fetcher{Platforms: test.asked}, test.ref)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		fetched := 0
		for _, p := range img.Platforms {
			state := p.Skipped
			if p.Layout != "" {
				state = "fetched"
				fetched++
				checkLayout(t, p)
			}
			got = append(got, p.Name+" "+state)
		}
		if s := strings.Join(got, ", "); s != test.want {
			t.Errorf("%v of %s: %s", test.asked, test.ref, s)
		}
		if asked := reg.count("GET /v2/acme/shop/blobs/"); asked > 2*fetched+1 {
			t.Errorf("%v: %d blobs for %d platforms", test.asked, asked, fetched)
		}
	}
}

func mustIndex(t *testing.T, images ...v1.Image) v1.ImageIndex {
	t.Helper()
	index, err := image.Index(images...)
	if err != nil {
		t.Fatal(err)
	}
	return index
}
