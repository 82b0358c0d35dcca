package image

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Annotations that name an image of an OCI layout. The first may be its tag alone.
const (
	refName        = "org.opencontainers.image.ref.name"
	containerdName = "io.containerd.image.name"
)

// onDisk leads "PATH:NAME" to the path, which may have colons in it: what is
// there as it is written is meant.
func (r Reference) onDisk() Reference {
	if _, err := os.Stat(r.path); !errors.Is(err, os.ErrNotExist) {
		return r
	}
	for i := range len(r.path) {
		if r.path[i] != ':' || i+1 == len(r.path) {
			continue
		}
		if _, err := os.Stat(r.path[:i]); err == nil {
			r.path, r.name = r.path[:i], r.path[i+1:]
			return r
		}
	}
	return r
}

// chosen reports whether the reference says which image of several it means.
func (r Reference) chosen() bool { return r.name != "" || r.digest != (v1.Hash{}) }

// takesOnly reports whether the only image of an archive is the one that is meant:
// an engine, which was asked for it, may know it by an id.
func (r Reference) takesOnly() bool { return !r.chosen() || r.kind == engine }

// names reports whether one of the names that an archive has for an image is that
// of the reference.
func (r Reference) names(all []string) bool {
	full := func(s string) string {
		if ref, err := name.ParseReference(s); err == nil {
			return ref.Name()
		}
		return s
	}
	for _, other := range all {
		if r.name != "" && (other == r.name || full(other) == full(r.name)) {
			return true
		}
	}
	return false
}

// among returns the error of a reference that does not say which of the images in
// a file it means, or names none of them. Each of those is how it can be chosen,
// ":NAME" or "@DIGEST".
func (r Reference) among(file string, images []string) error {
	switch {
	case len(images) == 0:
		return fmt.Errorf("%s %w", file, errEmpty)
	case r.chosen():
		wanted := r.name
		if wanted == "" {
			wanted = r.digest.String()
		}
		return fmt.Errorf("%s does not list %s, but %s", file, wanted, strings.Join(images, ", "))
	}
	return fmt.Errorf("%s lists %d images: choose one by adding to the path one of %s", file, len(images), strings.Join(images, ", "))
}
