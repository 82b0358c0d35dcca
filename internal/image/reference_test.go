package image_test

import (
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/image"
)

func TestParse(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for _, test := range []struct{ in, repository, err string }{
		{in: "alpine", repository: "index.docker.io/library/alpine"},
		{in: "acme/shop:1.4", repository: "index.docker.io/acme/shop"},
		{in: "localhost:5000/shop", repository: "localhost:5000/shop"},
		{in: "ghcr.io/acme/shop@" + digest, repository: "ghcr.io/acme/shop"},
		{in: "ghcr.io/acme/shop:1.4@" + digest, repository: "ghcr.io/acme/shop"},
		{in: "oci:dist/image"},
		{in: "oci:dist/image@" + digest},
		{in: "tar:/tmp/a b.tar"},
		{in: "oci", repository: "index.docker.io/library/oci"},
		{in: "", err: "parsing image reference"},
		{in: "oci:", err: `want a path after "oci:"`},
		{in: "tar:@" + digest, err: `want a path after "tar:"`},
		{in: "oci:x@sha256:12", err: "parsing image reference"},
		{in: "docker:acme/shop:1"},
		{in: "docker:", err: "parsing image reference"},
		{in: "docker://shop", err: "parsing image reference"},
		{in: "https://ghcr.io/acme/shop", err: "without a scheme"},
		{in: "ghcr.io/acme/Shop", err: "parsing image reference"},
		{in: "ghcr.io/acme/shop:", err: "parsing image reference"},
	} {
		r, err := image.Parse(test.in)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: got %v, want %q", test.in, err, test.err)
			}
			continue
		}
		if err != nil || r.String() != test.in {
			t.Errorf("%q: %q, %v", test.in, r, err)
		}
		if repository, ok := r.Repository(); ok != (test.repository != "") || ok && repository.Name() != test.repository {
			t.Errorf("%q: repository %q", test.in, repository)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"alpine", "a:5000/b:c@sha256:" + strings.Repeat("0", 64), "oci:a@sha256:x", "tar:", "docker:a", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := image.Parse(s)
		if err != nil {
			return
		}
		if r.String() != s {
			t.Errorf("%q became %q", s, r)
		}
		again, err := image.Parse(r.String())
		if err != nil || again != r {
			t.Errorf("%q: %v, %v", s, again, err)
		}
	})
}
