package scan_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/scan"
)

// TestR34DamageInASharedLayerIsOfEveryPlatform holds that what could not be read of
// a layer is said of each platform that has it, though it is analysed once.
func TestR34DamageInASharedLayerIsOfEveryPlatform(t *testing.T) {
	files := map[string]string{"app/Cargo.lock": "[[package", "app/node_modules/a/package.json": "{"}
	fsys := system(t, "3.22.1", base, files)
	s := sample{index: true, images: []v1.Image{imageOf(t, fsys, amd64), imageOf(t, fsys, arm64)}}
	o := options(t, store(t, reference(s)))
	o.Scanners = []string{scan.Vulnerabilities}
	got, report := run(t, o)
	for _, p := range report.Images[0].Platforms {
		if p.Verdict.String() != "error" || len(p.Unreadable) != 2 {
			t.Errorf("%s: %s %q", p.Name, p.Verdict, p.Unreadable)
		}
	}
	if len(got.Notes) != 2 {
		t.Errorf("%q", got.Notes)
	}
}
