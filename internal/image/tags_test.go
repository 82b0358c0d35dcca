package image_test

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/portcullis-ci/portcullis/internal/image"
)

func TestNewerTag(t *testing.T) {
	for _, test := range []struct{ tag, tags, want string }{
		{"3.20", "3 3.19 3.20 3.21 3.22 3.22.1 3.23_rc1 latest edge 20250108", "3.22"},
		{"3.20.1", "3.20.1 3.20.9 3.20.10 3.22", "3.20.10"},
		{"1.24-bookworm", "1.25 1.25-bookworm 1.26-trixie 1.26rc1-bookworm", "1.25-bookworm"},
		{"22-alpine", "24-alpine 23 22-alpine 20250101-alpine", "24-alpine"},
		{"1.9", "1.10 2.1", "1.10"},
		{"1.9", "2.1 3.0", "3.0"},
		{"v1.2.3", "1.2.4 v1.2.4", "v1.2.4"},
		{"3.22", "3.20 3.21 3.22", ""},
		{"bookworm-slim", "trixie trixie-slim forky-slim", "trixie-slim"},
		{"bookworm", "trixie-slim bullseye", ""},
		{"jammy", "focal noble", "noble"},
		{"bookworm-20250101-slim", "bookworm-20250303-slim bookworm-20250404 trixie-20250505-slim", "bookworm-20250303-slim"},
		{"latest", "3.20 latest", ""},
		{"nonroot", "nonroot debug", ""},
		{"99999999999999999999", "1 2", ""},
	} {
		if got := image.NewerTag(test.tag, strings.Fields(test.tags)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.tag, got, test.want)
		}
	}
}

func TestNewerBaseInARegistry(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	repo := strings.TrimPrefix(server.URL, "http://") + "/base"
	digests := map[string]string{}
	for _, tag := range []string{"3.20", "3.22", "stable"} {
		img, err := random.Image(10, 1)
		if err != nil {
			t.Fatal(err)
		}
		ref, err := name.NewTag(repo + ":" + tag)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(ref, img); err != nil {
			t.Fatal(err)
		}
		digest, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests[tag] = digest.String()
	}
	old := "@sha256:" + strings.Repeat("0", 64)
	for reference, want := range map[string]string{
		repo + ":3.20": repo + ":3.22", repo + ":3.20" + old: repo + ":3.22", repo + ":3.22": "", repo + ":stable": "",
		repo + ":stable" + old: repo + ":stable@" + digests["stable"], repo + ":stable@" + digests["stable"]: "",
	} {
		got, err := (&image.Fetcher{Attempts: 1}).Newer(t.Context(), reference)
		if err != nil || got != want {
			t.Errorf("%s: got %q %v, want %q", reference, got, err, want)
		}
	}
	if _, err := (&image.Fetcher{Attempts: 1}).Newer(t.Context(), strings.Replace(repo, "/base", "/none", 1)+":1"); err == nil {
		t.Error("no error for a repository that is not there")
	}
}
