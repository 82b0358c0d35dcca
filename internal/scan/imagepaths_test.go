package scan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

const rollout = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  image: HOST/acme/ignored:1
  template:
    spec:
      containers:
        - {name: a, image: HOST/acme/shop:1}
        - {name: b, image: "HOST/acme/shop:1@DIGEST"}
        - {name: c}
---
apiVersion: example.com/v1
kind: Rollout
metadata: {name: another}
spec: {template: {spec: {containers: [{image: HOST/acme/none:1}]}}}
---
apiVersion: cluster.example/v1
kind: Database
metadata: {name: orders}
engine: {image: HOST/acme/none:2}
`

func TestImagesOfCustomResources(t *testing.T) {
	img := imageOf(t, system(t, "3.22.1", base, nil), amd64)
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	host := serve(t, map[string]v1.Image{"acme/shop:1": img})
	o := options(t)
	o.Tree = checkout(t, map[string]string{
		"rollout.yaml": strings.NewReplacer("HOST", host, "DIGEST", digest.String()).Replace(rollout),
	})
	o.Workloads = &scan.Workloads{Tree: o.Tree, Registries: []string{host}, Paths: map[string][]string{
		"Rollout.argoproj.io":      {"spec.template.spec.containers[].image", "spec.template.spec.initContainers[].image"},
		"Database.cluster.example": {"engine.image"},
	}}
	s, report := run(t, o)
	var got []string
	for _, f := range s.Findings {
		got = append(got, fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Rule, f.Hint))
	}
	want := []string{fmt.Sprintf("9:28 scan/image-not-pinned write %s/acme/shop:1@%s, which is what was scanned", host, digest)}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	// What is not in the registry is an error at its line.
	if s.Verdict != gate.Error || len(s.Failures) != 1 || s.Failures[0].Line != 21 {
		t.Errorf("%s %+v", s.Verdict, s.Failures)
	}
	if len(report.Images) != 2 {
		t.Errorf("%d images", len(report.Images))
	}
}

func TestR15PathThatLeadsToNoText(t *testing.T) {
	o := options(t)
	o.Tree = checkout(t, map[string]string{"a.yaml": "apiVersion: a.example/v1\nkind: Thing\nmetadata: {name: t}\nspec:\n  image: {repository: a}\n"})
	o.Workloads = &scan.Workloads{Tree: o.Tree, Registries: []string{"ghcr.io"}, Paths: map[string][]string{"Thing.a.example": {"spec.image"}}}
	s, _ := run(t, o)
	if s.Verdict != gate.Error || len(s.Failures) == 0 || s.Failures[0].Line != 5 || !strings.Contains(s.Error, "spec.image, which is no text") {
		t.Errorf("%s %s %+v", s.Verdict, s.Error, s.Failures)
	}
}
