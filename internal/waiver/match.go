package waiver

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A coverage is how much of a finding a waiver is for.
type coverage struct {
	all bool
	// without names what the finding is about besides, where the waiver is for a
	// part of it only.
	without []string
}

// covers holds a finding of the waiver's rule against its scope: every kind of
// scope that it has must cover the finding.
func (w Waiver) covers(f gate.Finding, images []gate.Image) coverage {
	if len(w.Paths) > 0 && !workspace.Match(w.Paths, f.Path) {
		return coverage{}
	}
	result := coverage{all: true}
	if len(w.Images) > 0 {
		result = result.and(w.coversImage(f, images))
	}
	if len(w.Packages) > 0 {
		result = result.and(w.coversPackages(f))
	}
	return result
}

// and is what two scopes cover together.
func (c coverage) and(o coverage) coverage {
	if !c.all && len(c.without) == 0 || !o.all && len(o.without) == 0 {
		return coverage{}
	}
	return coverage{all: c.all && o.all, without: append(c.without, o.without...)}
}

// coversPackages wants every package of the finding. One that is named in another
// version is told as well.
func (w Waiver) coversPackages(f gate.Finding) coverage {
	var without []string
	near := false
	for _, p := range f.Packages {
		near = near || slices.ContainsFunc(w.Packages, func(named Package) bool { return named.near(p) })
		if !slices.ContainsFunc(w.Packages, func(named Package) bool { return named.is(p) }) {
			without = append(without, p.Name+" "+p.Installed)
		}
	}
	if !near {
		return coverage{}
	}
	return coverage{all: len(without) == 0, without: without}
}

// coversImage wants the digest of the image or index, or of every platform that
// the finding is on.
func (w Waiver) coversImage(f gate.Finding, images []gate.Image) coverage {
	i := slices.IndexFunc(images, func(i gate.Image) bool { return i.Digest == f.Image && f.Image != "" })
	if i < 0 {
		return coverage{}
	}
	image := images[i]
	if w.names(image, image.Digest) {
		return coverage{all: true}
	}
	var without []string
	for _, name := range f.Platforms {
		if !slices.ContainsFunc(image.Platforms, func(p gate.Platform) bool { return p.Name == name && w.names(image, p.Digest) }) {
			without = append(without, name)
		}
	}
	if len(without) == len(f.Platforms) {
		return coverage{}
	}
	return coverage{all: len(without) == 0, without: without}
}

// names reports whether the waiver names an image by one of its digests. Where
// it says the image's name too, that has to be the one that was scanned.
func (w Waiver) names(image gate.Image, digest string) bool {
	return slices.ContainsFunc(w.Images, func(named string) bool {
		name, wanted, both := strings.Cut(named, "@")
		if !both {
			return named == digest
		}
		return wanted == digest && repository(name) == repository(image.Reference)
	})
}

// repository is a reference without tag and digest, and without what Docker adds
// to short ones.
func repository(reference string) string {
	name, _, _ := strings.Cut(reference, "@")
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		name = name[:i]
	}
	for _, hub := range []string{"index.docker.io/", "docker.io/", "library/"} {
		name = strings.TrimPrefix(name, hub)
	}
	return name
}
