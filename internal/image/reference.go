package image

import (
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A Reference names an image: in a registry, in an OCI layout folder ("oci:DIR"),
// in an archive file ("tar:FILE") or in the Docker engine of this machine
// ("docker:NAME"). The zero value names nothing.
type Reference struct {
	text   string
	kind   kind
	path   string         // of the folder or the file; the name in the engine
	digest v1.Hash        // which image of the folder or the file; zero: the only one
	name   string         // the same by its name, once the path was looked at
	remote name.Reference // in a registry
}

type kind uint8

const (
	registry kind = iota
	layoutDir
	archiveFile
	engine
)

// Parse reads a reference. A registry reference follows the rules of Docker:
// "alpine" is docker.io/library/alpine:latest, and where there is a tag and a
// digest the digest counts. The path of a folder or a file may be followed by
// "@sha256:…" or ":NAME" to choose one image of several. Parse does not look at any file.
func Parse(s string) (Reference, error) {
	scheme, rest, found := strings.Cut(s, ":")
	switch {
	case found && scheme == "oci":
		return parsePath(s, layoutDir, rest)
	case found && scheme == "tar":
		return parsePath(s, archiveFile, rest)
	case found && scheme == "docker":
		// Not "docker:5000/app", a registry with a port, and not the tag of an
		// image called docker: those are docker.io/library/docker:24.
		if strings.HasPrefix(rest, "/") {
			return Reference{}, fmt.Errorf("parsing image reference %q: want a name after \"docker:\"", s)
		}
		if _, err := name.ParseReference(rest); err != nil {
			return Reference{}, fmt.Errorf("parsing image reference %q: %s", s, fault(rest))
		}
		return Reference{text: s, kind: engine, path: rest}, nil
	}
	return ParseRemote(s)
}

// ParseRemote reads a reference to an image in a registry and nothing else:
// "tar:1.35" is docker.io/library/tar:1.35.
func ParseRemote(s string) (Reference, error) {
	if strings.Contains(s, "://") {
		return Reference{}, fmt.Errorf("parsing image reference %q: want a name such as ghcr.io/owner/app:1.2, without a scheme", s)
	}
	remote, err := name.ParseReference(s)
	if err != nil {
		return Reference{}, fmt.Errorf("parsing image reference %q: %s", s, fault(s))
	}
	return Reference{text: s, kind: registry, remote: remote}, nil
}

// fault says what is wrong with a name that is none.
func fault(s string) string {
	host, path, _ := strings.Cut(s, "/")
	path, digest, pinned := strings.Cut(path, "@")
	if i := strings.LastIndex(path, ":"); i >= 0 {
		path = path[:i]
	}
	_, err := v1.NewHash(digest)
	switch {
	case s == "":
		return "it is empty"
	case strings.ContainsAny(s, " \t\r\n"):
		return "it has a space in it"
	case strings.Contains(s, "${") || strings.Contains(s, "{{"):
		return "it has a placeholder in it that nobody has filled in"
	case pinned && err != nil:
		return "want sha256: and 64 hexadecimal digits behind the @"
	case strings.ToLower(path) != path || path == "" && strings.ToLower(host) != host:
		return "names are in lower case, only tags may have capitals"
	}
	return "want a name such as nginx, ghcr.io/owner/app:1.2 or localhost:5000/app@sha256:…"
}

func parsePath(s string, k kind, path string) (Reference, error) {
	r := Reference{text: s, kind: k, path: path}
	if i := strings.LastIndex(path, "@sha256:"); i >= 0 {
		digest, err := v1.NewHash(path[i+1:])
		if err != nil {
			return Reference{}, fmt.Errorf("parsing image reference %q: %w", s, err)
		}
		r.path, r.digest = path[:i], digest
	}
	if r.path == "" || strings.ContainsRune(r.path, 0) {
		return Reference{}, fmt.Errorf("parsing image reference %q: want a path after %q", s, s[:4])
	}
	return r, nil
}

// String returns the reference as it was written.
func (r Reference) String() string { return r.text }

// Repository returns the repository of a registry reference, and whether it is
// one.
func (r Reference) Repository() (name.Repository, bool) {
	if r.remote == nil {
		return name.Repository{}, false
	}
	return r.remote.Context(), true
}

// Pinned returns the digest of a registry reference that names one.
func (r Reference) Pinned() (v1.Hash, bool) {
	pinned, ok := r.remote.(name.Digest)
	if !ok {
		return v1.Hash{}, false
	}
	digest, err := v1.NewHash(pinned.DigestStr())
	return digest, err == nil
}
