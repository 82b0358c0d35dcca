package image_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// add appends a child with this descriptor to an index.
func add(index v1.ImageIndex, child mutate.Appendable, desc v1.Descriptor) v1.ImageIndex {
	return mutate.AppendManifests(index, mutate.IndexAddendum{Add: child, Descriptor: desc})
}

func TestR05EveryChildOfAnIndexIsListed(t *testing.T) {
	reg := newRegistry(t)
	index, err := image.Index(sample(t, amd64, "amd"), sample(t, arm64, "arm"))
	if err != nil {
		t.Fatal(err)
	}
	unknown := &v1.Platform{OS: "unknown", Architecture: "unknown"}
	index = add(index, sample(t, amd64, "attestation"), v1.Descriptor{
		Platform: unknown, Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"},
	})
	index = add(index, sample(t, amd64, "disguised"), v1.Descriptor{Platform: unknown})
	index = add(index, sample(t, amd64, "marked, but it runs"), v1.Descriptor{
		Platform:    &v1.Platform{OS: "linux", Architecture: "riscv64"},
		Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"},
	})
	index = add(index, static.NewLayer([]byte("{}"), "application/vnd.example+json"), v1.Descriptor{
		MediaType: "application/vnd.example+json", Platform: &v1.Platform{OS: "linux", Architecture: "s390x"},
	})
	got := mustFetch(t, reg.push("index", index))
	want := map[string]string{
		"linux/amd64": "layout", "linux/arm64/v8": "layout", "linux/riscv64": "layout",
		"linux/s390x": "error", "unknown/unknown": "skipped error",
	}
	state := map[string][]string{}
	for _, p := range got.Platforms {
		switch {
		case p.Err != nil:
			state[p.Name] = append(state[p.Name], "error")
		case p.Skipped != "":
			state[p.Name] = append(state[p.Name], "skipped")
		default:
			state[p.Name] = append(state[p.Name], "layout")
			checkLayout(t, p)
		}
	}
	for name, w := range want {
		s := state[name]
		slices.Sort(s)
		slices.Reverse(s)
		if strings.Join(s, " ") != w {
			t.Errorf("%s: %v, want %s", name, s, w)
		}
	}
	if len(got.Platforms) != 6 {
		t.Errorf("%d platforms, want 6", len(got.Platforms))
	}
}

func TestR05NestedIndexes(t *testing.T) {
	reg := newRegistry(t)
	nest := func(depth int) v1.ImageIndex {
		index, err := image.Index(sample(t, amd64, "deep"))
		if err != nil {
			t.Fatal(err)
		}
		for range depth {
			index = add(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), index, v1.Descriptor{})
		}
		return index
	}
	for _, test := range []struct {
		depth int
		fails bool
	}{{0, false}, {2, false}, {3, true}} {
		got := mustFetch(t, reg.push("nested", nest(test.depth)))
		if failed := got.Platforms[0].Err != nil; failed != test.fails {
			t.Errorf("depth %d: %v", test.depth, got.Platforms[0].Err)
		}
	}
}

func TestR05TooManyPlatformsAndNone(t *testing.T) {
	reg := newRegistry(t)
	index, err := image.Index(sample(t, amd64, "a"), sample(t, arm64, "b"))
	if err != nil {
		t.Fatal(err)
	}
	limits := image.Limits{Platforms: 1}
	if _, err := fetch(t, image.Fetcher{Limits: limits}, reg.push("two", index)); err == nil {
		t.Error("two platforms were accepted, one is the limit")
	}
	none := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	if _, err := fetch(t, image.Fetcher{}, reg.push("none", none)); err == nil || !strings.Contains(err.Error(), "lists no image") {
		t.Errorf("got %v", err)
	}
}

func TestR51OneChildThatFailsIsNotLost(t *testing.T) {
	reg := newRegistry(t)
	good, bad := sample(t, amd64, "good"), sample(t, arm64, "bad")
	index, err := image.Index(good, bad)
	if err != nil {
		t.Fatal(err)
	}
	ref := reg.push("index", index)
	layers, err := bad.Layers()
	if err != nil {
		t.Fatal(err)
	}
	gone := hashOf(t, layers[0]).String()
	reg.turn(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if strings.Contains(r.URL.Path, gone) {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	})
	got := mustFetch(t, ref)
	checkLayout(t, got.Platforms[0])
	if p := got.Platforms[1]; p.Name != "linux/arm64/v8" || p.Err == nil || p.Layout != "" {
		t.Errorf("%+v", p)
	}
}

func TestSharedLayersAreFetchedOnce(t *testing.T) {
	reg := newRegistry(t)
	index, err := image.Index(sample(t, amd64, "same"), sample(t, arm64, "same"))
	if err != nil {
		t.Fatal(err)
	}
	ref := reg.push("index", index)
	reg.turn(nil)
	got := mustFetch(t, ref)
	for _, p := range got.Platforms {
		checkLayout(t, p)
	}
	// Two configurations and one layer.
	if n := reg.count("GET /v2/acme/shop/blobs/"); n != 3 {
		t.Errorf("%d blobs were fetched, want 3", n)
	}
}

func TestForeignLayersAreNotFollowed(t *testing.T) {
	followed := newRegistry(t)
	reg := newRegistry(t)
	plain := archiveOf(t, 1, 10)
	layer := static.NewLayer(gzipped(t, plain), types.DockerForeignLayer)
	img, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer: layer, URLs: []string{"http://" + followed.host + "/layer"}, MediaType: types.DockerForeignLayer,
	})
	if err != nil {
		t.Fatal(err)
	}
	err = onlyErr(t, mustFetch(t, reg.push("foreign", img)))
	if err == nil || !strings.Contains(err.Error(), "a foreign layer") {
		t.Errorf("got %v", err)
	}
	if n := followed.count(""); n != 0 {
		t.Errorf("%d requests to the other host", n)
	}
}

func TestManifestThatIsTwoThings(t *testing.T) {
	reg := newRegistry(t)
	ref := reg.push("1", sample(t, amd64, "one"))
	for name, body := range map[string]string{
		"image and index": `{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}`,
		"another type":    `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`,
		"a name twice":    `{"schemaVersion":2,"layers":[],"layers":[],"config":{}}`,
		"no JSON":         `<html>`,
	} {
		reg.turn(rewrite("/manifests/", func([]byte) []byte { return []byte(body) }))
		if _, err := fetch(t, image.Fetcher{}, ref); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
