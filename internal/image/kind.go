package image

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// ErrKind is what an error wraps about something in a registry that is not a
// container image.
var ErrKind = errors.New("it is not a container image")

var (
	errSchema1 = errors.New("it is an image of schema 1, the form of clients before Docker 1.10, in which layers cannot be verified")
	errEmpty   = errors.New("lists no image")
)

// known are the beginnings of media types of what else registries keep.
var known = []struct{ prefix, what string }{
	{"application/vnd.cncf.helm.", "a Helm chart"},
	{"application/vnd.dev.cosign.", "a signature of cosign"},
	{"application/vnd.dsse.", "an attestation"},
	{"application/vnd.in-toto", "an attestation"},
	{"application/vnd.dev.sigstore.bundle", "a signature or attestation of sigstore"},
	{"application/vnd.cyclonedx", "an SBOM"},
	{"application/spdx", "an SBOM"},
	{"application/vnd.aquasec.trivy.", "a database of Trivy"},
	{"application/vnd.cncf.openpolicyagent.", "a bundle of policies"},
	{"application/vnd.cncf.flux.", "an artifact of Flux"},
	{"application/vnd.wasm.", "a WebAssembly module"},
	{"application/wasm", "a WebAssembly module"},
	{"application/vnd.docker.plugin.", "a plugin of Docker"},
	{"application/vnd.oci.artifact.", "an OCI artifact"},
}

// kindError says what has this media type, if that is known.
func kindError(mediaType types.MediaType) error {
	if mediaType == types.DockerManifestSchema1 || mediaType == types.DockerManifestSchema1Signed {
		return errSchema1
	}
	for _, k := range known {
		if strings.HasPrefix(string(mediaType), k.prefix) {
			return fmt.Errorf("%w, but %s (%q)", ErrKind, k.what, mediaType)
		}
	}
	return fmt.Errorf("%w: its media type is %q", ErrKind, mediaType)
}

// runnable returns an error for a manifest whose configuration or layers are
// those of something else than an image. A layer says more than the configuration,
// which may be an empty one.
func runnable(m *v1.Manifest) error {
	for _, layer := range m.Layers {
		if !layer.MediaType.IsLayer() {
			return kindError(layer.MediaType)
		}
	}
	if !m.Config.MediaType.IsConfig() {
		return kindError(m.Config.MediaType)
	}
	return nil
}

// runnable returns an error for a single manifest that is not of an image.
func (m manifest) runnable() error {
	if !m.desc.MediaType.IsImage() {
		return nil
	}
	parsed, err := v1.ParseManifest(bytes.NewReader(m.raw))
	if err != nil {
		return fmt.Errorf("parsing manifest %s: %w", m.desc.Digest, err)
	}
	return runnable(parsed)
}
