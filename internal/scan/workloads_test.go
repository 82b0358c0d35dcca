package scan_test

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// serve starts a registry with these images and returns its host.
func serve(t *testing.T, images map[string]v1.Image) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	for repository, img := range images {
		ref, err := name.ParseReference(host + "/" + repository)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(ref, img); err != nil {
			t.Fatal(err)
		}
	}
	return host
}

// shop is a Deployment and a CronJob; HOST is replaced.
const shop = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      nodeSelector: {kubernetes.io/arch: arm64}
      initContainers:
        - {name: init, image: HOST/acme/clean:1}
      containers:
        - name: web
          image: "HOST/acme/faulty:1"
      ephemeralContainers:
        - {name: debug, image: HOST/acme/none:1}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: night}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - {name: night, image: HOST/acme/faulty:1}
            - {name: miner, image: HOST/other/miner:1}
            - {name: file, image: "tar:1.35"}
            - {name: broken, image: "HOST/Acme:1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {image: HOST/acme/ignored:1}
`

func TestImagesOfWorkloads(t *testing.T) {
	faulty := imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, nil), amd64)
	clean := imageOf(t, system(t, "3.22.1", base, nil), arm64)
	host := serve(t, map[string]v1.Image{"acme/clean:1": clean, "acme/faulty:1": faulty, "other/miner:1": faulty})
	o := options(t)
	o.Tree = checkout(t, map[string]string{
		"deploy/shop.yaml": strings.ReplaceAll(shop, "HOST", host),
		"Dockerfile":       "FROM scratch\n", // not what any of them was built from
	})
	o.Workloads = &scan.Workloads{Tree: o.Tree, Registries: []string{host + "/acme"}}
	s, report := run(t, o)
	var got []string
	for _, f := range s.Findings {
		got = append(got, fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Precision, f.Rule))
	}
	want := []string{
		"9:31 exact scan/image-not-pinned",
		"12:18 exact CVE-2025-26519",
		"12:18 exact scan/image-not-pinned",
		"12:18 exact scan/platform-missing",
		"25:36 exact scan/image-not-pinned",
		"26:36 exact scan/registry-not-listed",
		"27:35 exact scan/registry-not-listed", // docker.io, and no file
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	var failed []string
	for _, f := range s.Failures {
		failed = append(failed, fmt.Sprintf("%s:%d", f.Path, f.Line))
	}
	if want := []string{"deploy/shop.yaml:14", "deploy/shop.yaml:28"}; !slices.Equal(failed, want) {
		t.Errorf("failures at %q: %+v", failed, s.Failures)
	}
	if len(report.Images) != 2 || s.Verdict != gate.Error {
		t.Errorf("%s, %d images", s.Verdict, len(report.Images))
	}
}

func TestR15NoWorkloadAndUnreadableManifest(t *testing.T) {
	for _, test := range []struct{ content, want string }{
		{"kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n", "no workload in the tree names an image"},
		{"kind: Pod\napiVersion: v1\nspec: {a: [}\n", "reading YAML"},
	} {
		o := options(t)
		o.Tree = checkout(t, map[string]string{"a.yaml": test.content})
		o.Workloads = &scan.Workloads{Tree: o.Tree, Registries: []string{"ghcr.io"}}
		s, _ := run(t, o)
		if s.Verdict != gate.Error || !strings.Contains(s.Error, test.want) {
			t.Errorf("%s %q, want %q", s.Verdict, s.Error, test.want)
		}
	}
}

// What a change under review names is fetched from nowhere but the registries
// that the configuration lists.
func TestR27OnlyListedRegistriesAreAsked(t *testing.T) {
	asked := false
	server := httptest.NewServer(registry.New(registry.Logger(log.New(writer(func() { asked = true }), "", 0))))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	for _, entry := range []string{"ghcr.io", host + "/ac", host + "/acme/shop/deep", "", "/"} {
		o := options(t)
		o.Tree = checkout(t, map[string]string{"a.yaml": "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: " + host + "/acme/shop:1}]}\n"})
		o.Workloads = &scan.Workloads{Tree: o.Tree, Registries: []string{entry}}
		s, _ := run(t, o)
		if asked || s.Verdict != gate.Failed || len(s.Findings) != 1 || s.Findings[0].Rule != "scan/registry-not-listed" {
			t.Errorf("%q: asked %t, %s %s %+v", entry, asked, s.Verdict, s.Error, s.Findings)
		}
	}
}

type writer func()

func (w writer) Write(p []byte) (int, error) { w(); return len(p), nil }
