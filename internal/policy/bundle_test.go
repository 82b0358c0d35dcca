package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	registryname "github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

const (
	conftestPolicy = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego"
	conftestData   = "application/vnd.cncf.openpolicyagent.data.layer.v1+json"
)

// A layer is one of a bundle: its media type, title and bytes.
type layer struct{ mediaType, title, data string }

// push makes a registry with one bundle and returns its name, and what ends the
// registry.
func push(t *testing.T, layers ...layer) (string, func()) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	img := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	for _, l := range layers {
		var err error
		img, err = mutate.Append(img, mutate.Addendum{
			Layer:       static.NewLayer([]byte(l.data), types.MediaType(l.mediaType)),
			Annotations: map[string]string{"org.opencontainers.image.title": l.title},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ref, err := registryname.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/acme/policies:v1")
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
	return bundleScheme + ref.Context().Digest(digest.String()).String(), server.Close
}

// packed is a tar.gz with these entries.
func packed(t *testing.T, headers ...tar.Header) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range headers {
		data := h.Linkname
		if h.Typeflag == tar.TypeReg {
			h.Linkname, h.Size = "", int64(len(data))
		}
		h.Mode = 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(data)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// file is an entry of an archive; [packed] takes its bytes from Linkname.
func file(name, data string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Linkname: data}
}

const limited = "package main\n\ndeny contains msg if {\n\tinput.spec.replicas < data.limits.least\n\tmsg := \"too few\"\n}\n"

// TestBundles fetches policies and data as conftest pushes them, and as an
// archive, and applies them.
func TestBundles(t *testing.T) {
	archive := packed(t, tar.Header{Typeflag: tar.TypeDir, Name: "./"}, file("./policy/a.rego", limited), file("limits/data.yaml", "least: 2\n"), file("README.md", "x"))
	for name, layers := range map[string][]layer{
		"conftest push": {{conftestPolicy, "policy/a.rego", limited}, {conftestData, "limits/data.yaml", "least: 2\n"}},
		"archive":       {{string(types.OCILayer), "", archive}},
		"oras":          {{"application/vnd.acme.tar+gzip", "policies", archive}},
	} {
		t.Run(name, func(t *testing.T) {
			bundle, _ := push(t, layers...)
			tr := tree(t, map[string]string{"deploy.yaml": deployment})
			s := run(t, Options{Tree: tr, Rego: []string{bundle}, Data: []string{bundle}})
			if got := text(s, tr); got != "deploy.yaml:6:13-6:14 inferred high rego/main/deny Deployment/web: too few\n\t1\n" {
				t.Error(got)
			}
		})
	}
}

// TestBundleOfConstraints applies a constraint from a registry.
func TestBundleOfConstraints(t *testing.T) {
	bundle, _ := push(t, layer{"text/yaml", "all.yaml", bothConstraints})
	tr := tree(t, map[string]string{"deploy.yaml": deployment})
	s := run(t, Options{Tree: tr, Gatekeeper: []string{bundle}})
	if s.Verdict != gate.Failed || len(s.Findings) != 5 {
		t.Errorf("%s:\n%s", s.Verdict, text(s, tr))
	}
}

// TestR08BundleCache shows that a bundle is fetched once, that --offline takes
// it from the cache only, and that what somebody changed there is not used.
func TestR08BundleCache(t *testing.T) {
	bundle, stop := push(t, layer{conftestPolicy, "a.rego", "package main\n\ndeny contains \"m\" if input.kind\n"})
	cache := t.TempDir()
	tr := tree(t, map[string]string{"deploy.yaml": deployment})
	verdict := func(offline bool) (gate.Verdict, string) {
		s := run(t, Options{Tree: tr, Rego: []string{bundle}, Bundles: Bundles{CacheDir: cache, Offline: offline}})
		return s.Verdict, text(s, tr)
	}
	if v, got := verdict(true); v != gate.Error || !strings.Contains(got, "is not in the cache, and --offline forbids to fetch it") {
		t.Errorf("offline, nothing kept: %s %s", v, got)
	}
	if v, got := verdict(false); v != gate.Failed {
		t.Errorf("fetched: %s %s", v, got)
	}
	stop()
	for _, offline := range []bool{true, false} {
		if v, got := verdict(offline); v != gate.Failed {
			t.Errorf("kept, offline %v: %s %s", offline, v, got)
		}
	}
	blobs, err := filepath.Glob(filepath.Join(cache, "policies", "sha256-*", "blobs", "sha256", "*"))
	if err != nil || len(blobs) < 2 {
		t.Fatal(blobs, err)
	}
	for _, blob := range blobs {
		data, err := os.ReadFile(blob)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(blob, bytes.Replace(data, []byte("input.kind"), []byte("input.king"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if v, got := verdict(true); v != gate.Error {
		t.Errorf("forged: %s %s", v, got)
	}
}

// TestR10BundlesStayInside shows that nothing in a bundle leads out of it, and
// that its size is limited.
func TestR10BundlesStayInside(t *testing.T) {
	bomb := packed(t, file("a.yaml", strings.Repeat("x", maxBundle+1)))
	for name, c := range map[string]struct {
		layer layer
		want  string
	}{
		"title":      {layer{conftestPolicy, "../a.rego", "package main\n"}, `"../a.rego" leads out of the bundle`},
		"entry":      {layer{string(types.OCILayer), "", packed(t, file("a/../../b.rego", "x"))}, `"a/../../b.rego" leads out of the bundle`},
		"link":       {layer{string(types.OCILayer), "", packed(t, tar.Header{Typeflag: tar.TypeSymlink, Name: "a.rego", Linkname: "/etc/passwd"})}, `"a.rego" is no regular file`},
		"bomb":       {layer{string(types.OCILayer), "", bomb}, "more than 64 MiB of files"},
		"twice":      {layer{string(types.OCILayer), "", packed(t, file("a.rego", "x"), file("./a.rego", "y"))}, `two files "a.rego"`},
		"cut off":    {layer{string(types.OCILayer), "", bomb[:len(bomb)/2]}, "unexpected EOF"},
		"no archive": {layer{string(types.OCILayer), "", "x"}, "reading an archive: "},
		"no name":    {layer{"text/plain", "", "x"}, `a layer of the type "text/plain" is neither`},
		"no policy":  {layer{"text/plain", "README", "x"}, "policy.rego: no .rego file in"},
		"builtin":    {layer{conftestPolicy, "a.rego", "package main\n\ndeny contains \"m\" if http.send({})\n"}, "/a.rego:3:"},
	} {
		t.Run(name, func(t *testing.T) {
			bundle, _ := push(t, c.layer)
			tr := tree(t, map[string]string{"deploy.yaml": deployment})
			s := run(t, Options{Tree: tr, Rego: []string{bundle}})
			if got := text(s, tr); s.Verdict != gate.Error || !strings.Contains(got, c.want) {
				t.Errorf("%s:\n%s\nwant %q", s.Verdict, got, c.want)
			}
		})
	}
}

// TestBundleNames shows which names are refused before anybody is asked.
func TestBundleNames(t *testing.T) {
	for bundle, want := range map[string]string{
		"oci://127.0.0.1:1/acme/policies:v1":                                "has no digest",
		"oci://127.0.0.1:1/acme/policies@sha256:" + strings.Repeat("0", 64): "connection refused",
		"oci://@": "parsing image reference",
	} {
		_, err := (Bundles{Fetcher: image.Fetcher{Attempts: 1}}).fetch(context.Background(), bundle)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", bundle, err, want)
		}
	}
}
