package image

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/lockfile"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A Subject is what a finding about an image is about.
type Subject struct {
	Reference string // the image, as it was asked for
	// Named is the place that names the image, where a workload does. Such an
	// image may be anybody's: unless its history says that it was built from the
	// tree, this is the line to change.
	Named gate.Location
	// Package and Ecosystem name a language package ("lodash", "npm"). Ecosystem
	// is empty for a package of the operating system, whose name is needed only
	// where it was copied, and for the image itself.
	Package   string
	Version   string // of the package; "": any
	Ecosystem string
	// File is the path in the image that names the package, or that the finding is
	// about; "" where it is not known.
	File string
	// Origin is where the layer comes from that it is in; the zero value where
	// that is not known.
	Origin Origin
}

// Key is the same for subjects that [Attribution.Locate] finds at the same place:
// where a file is counts only if it came from another build stage.
func (s Subject) Key() Subject {
	if !s.Origin.Copied() {
		s.File = path.Base(s.File)
	}
	return s
}

// An Attribution finds the line of a repository that brought something into an
// image. It may be used by several goroutines.
type Attribution struct {
	tree        *workspace.Tree
	config      string
	files       []string // shallow ones first
	dockerfiles []dockerfile
	locks       *lockfile.Files
}

// NewAttribution reads the Dockerfiles of a tree; nothing is known where tree is
// nil. config is the path of the configuration file, the last place that may
// name an image.
func NewAttribution(ctx context.Context, tree *workspace.Tree, config string) (*Attribution, error) {
	if tree == nil {
		return &Attribution{}, nil
	}
	files, err := tree.Files(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(files, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), cmp.Compare(a, b))
	})
	a := &Attribution{tree: tree, config: config, files: files, locks: lockfile.NewFiles(tree.ReadFile)}
	for _, name := range files {
		if isDockerfile(name) {
			if f, ok := readDockerfile(tree, name); ok {
				a.dockerfiles = append(a.dockerfiles, f)
			}
		}
	}
	return a, nil
}

// Origins returns what brought each layer into an image, by the digest of the
// unpacked layer: an instruction of the Dockerfile that the image was built
// from, or its FROM for the layers of the base image. It is empty where the
// history of the image matches no Dockerfile.
func (a *Attribution) Origins(reference string, steps []Step) map[string]Origin {
	files := slices.Clone(a.dockerfiles)
	slices.SortStableFunc(files, func(x, y dockerfile) int {
		return cmp.Compare(called(y, reference), called(x, reference))
	})
	p, ok, sure := pair(files, steps)
	if !ok {
		return nil
	}
	return p.origins(steps, sure)
}

// Locate returns the most telling place that is known: the FROM, if the base
// image certainly brought it; else the line of a lock file
// or manifest that names a language package; else what brought its layer; else
// the FROM of the final build stage; else the line of a Kubernetes manifest or
// of the configuration that names the image; else the root of the workspace.
func (a *Attribution) Locate(s Subject) gate.Location {
	if s.Named.Path != "" && s.Origin.Path == "" {
		return s.Named
	}
	if s.Origin.Inherited && s.Origin.Precision == gate.Exact {
		return s.Origin.Location // no lock file of the tree decides about the base image
	}
	for _, find := range []func(Subject) (gate.Location, bool){
		a.inLockFile, inLayer, a.inDockerfile, a.inManifest, a.inConfig,
	} {
		if location, ok := find(s); ok {
			return location
		}
	}
	return gate.Location{Path: ".", Object: s.Reference, Precision: gate.Fallback}
}

// Named returns the line of the configuration or else of a Kubernetes manifest
// that names an image; where there is none, the zero value.
func (a *Attribution) Named(reference string) gate.Location {
	s := Subject{Reference: reference}
	location, ok := a.inConfig(s)
	if !ok {
		location, _ = a.inManifest(s)
	}
	return location
}

func inLayer(s Subject) (gate.Location, bool) {
	if s.Origin.copied != nil && s.Origin.Precision != gate.Fallback {
		if at, ok := s.Origin.copied.trace(s); ok {
			return at, true
		}
	}
	return s.Origin.Location, s.Origin.Path != ""
}

// inDockerfile chooses the only Dockerfile, or the one that is called like the
// image: "shop/Dockerfile" or "Dockerfile.shop" for ghcr.io/acme/shop.
func (a *Attribution) inDockerfile(s Subject) (gate.Location, bool) {
	if len(a.dockerfiles) == 0 {
		return gate.Location{}, false
	}
	chosen, precision := a.dockerfiles[0], gate.Fallback
	if len(a.dockerfiles) == 1 {
		precision = gate.Inferred
	}
	for _, f := range a.dockerfiles {
		if called(f, s.Reference) > 0 {
			chosen, precision = f, gate.Inferred
			break
		}
	}
	location := chosen.from(chosen.final())
	location.Precision = precision
	return location, true
}

// called returns 1 for a Dockerfile that is called like an image, else 0.
func called(f dockerfile, reference string) int {
	repository, ok := repositoryOf(reference)
	base, file := path.Base(repository), strings.ToLower(path.Base(f.path))
	if ok && (path.Base(path.Dir(f.path)) == base || file == "dockerfile."+base || file == base+".dockerfile") {
		return 1
	}
	return 0
}

// inManifest finds "image: REPOSITORY…" in a YAML file.
func (a *Attribution) inManifest(s Subject) (gate.Location, bool) {
	want, ok := repositoryOf(s.Reference)
	if !ok {
		return gate.Location{}, false
	}
	return a.search(gate.Inferred, isYAML, func(line string) (start, end int) {
		before, after, found := strings.Cut(line, "image:")
		if !found || strings.Trim(before, " \t-\"'") != "" {
			return 0, 0
		}
		value, _, _ := strings.Cut(strings.TrimSpace(after), " #")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		if got, ok := repositoryOf(value); !ok || got != want || value == "" {
			return 0, 0
		}
		start = len(before) + len("image:") + strings.Index(after, value)
		return start, start + len(value)
	})
}

func (a *Attribution) inConfig(s Subject) (gate.Location, bool) {
	is := func(name string) bool { return name == a.config }
	return a.search(gate.Inferred, is, func(line string) (start, end int) {
		if start = strings.Index(line, s.Reference); start < 0 || s.Reference == "" {
			return 0, 0
		}
		return start, start + len(s.Reference)
	})
}

// search returns the first place that match finds, as byte offsets into a line;
// an empty one means that there is none.
func (a *Attribution) search(p gate.Precision, in func(string) bool, match func(string) (start, end int)) (gate.Location, bool) {
	for _, file := range a.files {
		if !in(file) {
			continue
		}
		for n, line := range a.lines(file) {
			start, end := match(line)
			if start == end {
				continue
			}
			return gate.Location{Path: file, Range: span(n+1, line, start, end), Object: line[start:end], Precision: p}, true
		}
	}
	return gate.Location{}, false
}

// lines returns the lines of a file. One that cannot be read has none: the
// stage whose business the file is reports it.
func (a *Attribution) lines(file string) []string {
	raw, err := a.tree.ReadFile(file)
	if err != nil || !utf8.Valid(raw) {
		return nil
	}
	return strings.Split(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n")
}

// span is the range of the bytes from start to end of a line.
func span(n int, line string, start, end int) gate.Range {
	return gate.Range{
		Line: n, Column: utf8.RuneCountInString(line[:start]) + 1,
		EndLine: n, EndColumn: utf8.RuneCountInString(line[:end]) + 1,
	}
}

func isYAML(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return ext == ".yaml" || ext == ".yml"
}

// repositoryOf returns the full name of the repository of a registry reference.
func repositoryOf(reference string) (string, bool) {
	if strings.HasPrefix(reference, "oci:") || strings.HasPrefix(reference, "tar:") {
		return "", false
	}
	reference = strings.TrimPrefix(reference, "docker:")
	ref, err := name.ParseReference(reference)
	if err != nil {
		return "", false
	}
	return ref.Context().Name(), true
}
