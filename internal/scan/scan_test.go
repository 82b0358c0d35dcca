package scan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/internal/workspace"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

func TestExampleImages(t *testing.T) {
	tree, err := workspace.Open(filepath.FromSlash("../../testdata/projects/shop"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	faulty, err := image.FromFS(images.Shop(), amd64, now)
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := image.FromFS(images.ShopFixed(), amd64, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("faulty", func(t *testing.T) {
		o := options(t, store(t, faulty))
		o.Tree = tree
		s, report := run(t, o)
		if s.Verdict != gate.Failed || report.Images[0].Platforms[0].Verdict != gate.Failed {
			t.Errorf("%s: %s", s.Verdict, s.Error)
		}
		for i := range s.Findings {
			s.Findings[i].Image = ""
			s.Findings[i].Fingerprint = ""
		}
		golden(t, "shop.json", s.Findings)
	})
	t.Run("fixed", func(t *testing.T) {
		s, report := run(t, options(t, store(t, fixed)))
		if s.Verdict != gate.Passed || len(s.Findings) != 0 {
			t.Errorf("%s: %s %v", s.Verdict, s.Error, s.Findings)
		}
		p := report.Images[0].Platforms[0]
		if p.OS != "alpine 3.22.1" || p.Packages != 18 || p.Verdict != gate.Passed {
			t.Errorf("%+v", p)
		}
		if got := s.Checked; got.Images != 1 || got.Packages != 18 || got.Rules != 2 {
			t.Errorf("%+v", got)
		}
		if d := report.Provenance.Database; d == nil || !strings.HasPrefix(d.Digest, "sha256:") || !d.UpdatedAt.Equal(now.Add(-3600e9)) {
			t.Errorf("%+v", d)
		}
	})
}

func BenchmarkScan(b *testing.B) {
	img, err := image.FromFS(images.Shop(), amd64, now)
	if err != nil {
		b.Fatal(err)
	}
	o := options(b, store(b, img))
	for b.Loop() {
		res, err := scan.New(o).Run(b.Context())
		if err != nil || len(res.Findings) == 0 {
			b.Fatal(err)
		}
	}
}

// base are the packages of an image in which nothing is wrong.
var base = []string{"musl 1.2.5-r10 musl", "libssl3 3.5.4-r0 openssl"}

func TestR15NoImage(t *testing.T) {
	res, err := scan.New(scan.Options{}).Run(t.Context())
	if err != nil || res.Skip == "" {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestR05EveryPlatformCounts(t *testing.T) {
	clean := imageOf(t, system(t, "3.22.1", base, nil), amd64)
	bad := imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl", "libssl3 3.5.2-r0 openssl"}, nil), arm64)
	index, err := image.Index(clean, bad)
	if err != nil {
		t.Fatal(err)
	}
	index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: clean, Descriptor: v1.Descriptor{
		Platform:    &v1.Platform{OS: "unknown", Architecture: "unknown"},
		Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest"},
	}})
	s, report := run(t, options(t, store(t, index)))
	if s.Verdict != gate.Failed || s.Checked.Images != 2 {
		t.Errorf("%s, %+v: %s", s.Verdict, s.Checked, s.Error)
	}
	want := map[string]gate.Verdict{"linux/amd64": gate.Passed, "linux/arm64/v8": gate.Failed, "unknown/unknown": gate.Skipped}
	for _, p := range report.Images[0].Platforms {
		if p.Verdict != want[p.Name] {
			t.Errorf("%s: %s %s", p.Name, p.Verdict, p.Reason)
		}
	}
	if len(report.Images[0].Platforms) != 3 || report.Images[0].Passed() {
		t.Errorf("%+v", report.Images[0])
	}
	for _, f := range s.Findings {
		if !slices.Equal(f.Platforms, []string{"linux/arm64/v8"}) || f.Image != report.Images[0].Digest {
			t.Errorf("%s is on %v of %s", f.Rule, f.Platforms, f.Image)
		}
	}
}

func TestR05OneFindingForAllPlatforms(t *testing.T) {
	packages := []string{"musl 1.2.5-r8 musl", "musl-utils 1.2.5-r8 musl"}
	index, err := image.Index(
		imageOf(t, system(t, "3.22.1", packages, nil), amd64),
		imageOf(t, system(t, "3.22.1", packages, nil), arm64))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := run(t, options(t, store(t, index)))
	if len(s.Findings) != 1 {
		t.Fatalf("%+v", s.Findings)
	}
	f := s.Findings[0]
	if len(f.Platforms) != 2 || len(f.Packages) != 2 || f.Rule != "CVE-2025-26519" {
		t.Errorf("%+v", f)
	}
}

func TestR05PlatformThatCannotBeRead(t *testing.T) {
	index, err := image.Index(imageOf(t, system(t, "3.22.1", base, nil), amd64))
	if err != nil {
		t.Fatal(err)
	}
	index = mutate.AppendManifests(index, mutate.IndexAddendum{
		Add:        imageOf(t, system(t, "3.22.1", base, nil), arm64),
		Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}},
	})
	s, report := run(t, options(t, store(t, index)))
	if s.Verdict != gate.Error || report.ExitCode != gate.ExitIncomplete || report.Images[0].Passed() {
		t.Errorf("%s %d", s.Verdict, report.ExitCode)
	}
}

func TestR51ImageThatCannotBeFetchedIsAnErrorBesideTheOthers(t *testing.T) {
	good := store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64))
	s, report := run(t, options(t, "oci:"+t.TempDir()+"/none", good, "docker:a b", "ghcr.io/acme/shop:1"))
	if s.Verdict != gate.Error || len(s.Failures) != 3 || len(report.Images) != 1 || !report.Images[0].Passed() {
		t.Errorf("%s %+v %+v", s.Verdict, s.Failures, report.Images)
	}
	if text := fmt.Sprint(s.Failures); !strings.Contains(text, "the run is offline") || !strings.Contains(text, `parsing image reference "docker:a b"`) {
		t.Error(text)
	}
}

func TestImageThatCannotBeFetchedIsToldAtItsLine(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "portcullis.yaml"), []byte("scan:\n  images: [oci:none]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	o := options(t, "oci:none", "oci:none")
	o.Tree = tree
	s, _ := run(t, o)
	if len(s.Failures) != 1 || !strings.HasPrefix(s.Error, "portcullis.yaml:2:12: ") {
		t.Errorf("%+v", s.Failures)
	}
}

func TestR28SecretsAreNotShown(t *testing.T) {
	secret := "AKIA" + "2E0A8F3B244C9986"
	img := imageOf(t, system(t, "3.22.1", base, map[string]string{"app/.env": "x=1\nkey = \"" + secret + "\"\n"}), amd64)
	s, report := run(t, options(t, store(t, img)))
	if len(s.Findings) != 1 || s.Findings[0].Rule != "secret/aws-access-key-id" || !s.Findings[0].Sensitive || s.Verdict != gate.Failed {
		t.Fatalf("%s %+v", s.Verdict, s.Findings)
	}
	if f := s.Findings[0]; !strings.Contains(f.Message, "/app/.env, line 2") {
		t.Error(f.Message)
	}
	raw, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), secret[4:]) {
		t.Error("the report has the secret in it")
	}
}

func TestOnlySecrets(t *testing.T) {
	o := options(t, store(t, imageOf(t, system(t, "", nil, map[string]string{"app/readme": "nothing to see here"}), amd64)))
	o.Scanners = []string{scan.Secrets}
	o.Database = scan.Database{Repository: "dir:/nowhere"}
	s, report := run(t, o)
	if s.Verdict != gate.Passed || s.Checked.Rules != 1 || report.Provenance.Database != nil {
		t.Errorf("%s: %s", s.Verdict, s.Error)
	}
}

func TestUnfixedAndUnrated(t *testing.T) {
	files := fstest.MapFS{"a.yaml": {Data: []byte(`- bucket: alpine 3.22
  pairs:
    - bucket: busybox
      pairs:
        - key: CVE-2099-0001
          value: {AffectedVersion: "1.0-r0"}
- bucket: vulnerability
  pairs:
    - key: CVE-2099-0001
      value: {Title: "an unrated one"}
`)}}
	img := store(t, imageOf(t, system(t, "3.22.1", []string{"busybox 1.37.0-r18 busybox"}, nil), amd64))
	for _, test := range []struct {
		ignore   bool
		severity gate.Severity
		verdict  gate.Verdict
		findings int
	}{
		{false, gate.High, gate.Failed, 1},
		{false, gate.Low, gate.Passed, 1},
		{false, gate.Unknown, gate.Failed, 1}, // counts as high
		{true, gate.High, gate.Passed, 0},
	} {
		o := options(t, img)
		dir := t.TempDir()
		if err := scan.BuildDatabase(dir, files, now); err != nil {
			t.Fatal(err)
		}
		o.Database.Repository, o.IgnoreUnfixed, o.UnknownSeverity = "dir:"+dir, test.ignore, test.severity
		s, _ := run(t, o)
		if s.Verdict != test.verdict || len(s.Findings) != test.findings {
			t.Errorf("%+v: %s %s %+v", test, s.Verdict, s.Error, s.Findings)
		}
		if len(s.Findings) == 1 && !strings.Contains(s.Findings[0].Message, "no fixed version is known") {
			t.Error(s.Findings[0].Message)
		}
	}
}

func TestR53CancelledBeforeRun(t *testing.T) {
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64)))
	ctx, cancel := context.WithCancel(t.Context())
	s := scan.New(o)
	cancel()
	if err := s.Prepare(ctx); err == nil {
		t.Error("Prepare succeeded")
	}
	if _, err := s.Run(ctx); err == nil {
		t.Error("Run succeeded")
	}
	if left, _ := os.ReadDir(o.Fetcher.TempDir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestR58SameInputSameFindings(t *testing.T) {
	img, err := image.FromFS(images.Shop(), amd64, now)
	if err != nil {
		t.Fatal(err)
	}
	reference := store(t, img)
	var first []byte
	for range 3 {
		o := options(t, reference)
		o.Database.Repository = "dir:" + buildDB(t, now)
		s, _ := run(t, o)
		raw, err := json.Marshal(s.Findings)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = raw
		}
		if string(raw) != string(first) {
			t.Errorf("got\n%s\nwant\n%s", raw, first)
		}
	}
}
