package sign

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// local are the prefixes of references that name no registry.
var local = []string{"oci:", "tar:", "docker:"}

// targets returns the digest to sign for each image of the report, in its
// order. It is the last look before anything is written: it takes nothing for
// granted that the gate should have made sure of.
func targets(report gate.Report) ([]name.Digest, error) {
	for _, s := range report.Stages {
		if s.Verdict != gate.Passed && s.Verdict != gate.Skipped {
			return nil, fmt.Errorf("refusing to sign: the %s stage did not pass: %s", s.Name, s.Verdict)
		}
	}
	if len(report.Images) == 0 {
		return nil, errors.New("refusing to sign: the report holds no image")
	}
	digests := make([]name.Digest, len(report.Images))
	for i, image := range report.Images {
		var err error
		if digests[i], err = target(image); err != nil {
			return nil, err
		}
	}
	return digests, nil
}

func target(image gate.Image) (name.Digest, error) {
	if !image.Passed() {
		return name.Digest{}, fmt.Errorf("refusing to sign %q: not every platform passed", image.Reference)
	}
	if slices.ContainsFunc(local, func(p string) bool { return strings.HasPrefix(image.Reference, p) }) {
		return name.Digest{}, &gate.CheckError{
			Err:  fmt.Errorf("signing %q: a local image has no registry to hold its signature", image.Reference),
			Hint: "push the image, then name it by its registry reference",
		}
	}
	ref, err := name.ParseReference(image.Reference)
	if err != nil {
		return name.Digest{}, fmt.Errorf("parsing %q: %w", image.Reference, err)
	}
	for _, digest := range subjects(image) {
		if h, err := v1.NewHash(digest); err != nil || h.Algorithm != "sha256" {
			return name.Digest{}, fmt.Errorf("refusing to sign %q: %q is not a sha256 digest", image.Reference, digest)
		}
	}
	if asked, ok := ref.(name.Digest); ok && asked.DigestStr() != image.Digest {
		return name.Digest{}, fmt.Errorf("refusing to sign %q: another digest was scanned: %s", image.Reference, image.Digest)
	}
	return ref.Context().Digest(image.Digest), nil
}

// subjects returns what a passed image vouches for: its own digest, then those
// of the platforms that were scanned, none twice.
func subjects(image gate.Image) []string {
	digests := []string{image.Digest}
	for _, p := range image.Platforms {
		if p.Verdict == gate.Passed && !slices.Contains(digests, p.Digest) {
			digests = append(digests, p.Digest)
		}
	}
	return digests
}
