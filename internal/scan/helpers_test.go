package scan_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/testdata/db"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	now   = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	amd64 = v1.Platform{OS: "linux", Architecture: "amd64"}
	arm64 = v1.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}
)

// buildDB makes the test database, dated at the given time.
func buildDB(t testing.TB, updated time.Time) string {
	t.Helper()
	dir := t.TempDir()
	if err := scan.BuildDatabase(dir, db.Fixtures, updated); err != nil {
		t.Fatal(err)
	}
	return dir
}

// options are those of a run that has everything it needs.
func options(t testing.TB, images ...string) scan.Options {
	t.Helper()
	return scan.Options{
		Images:          images,
		Fetcher:         image.Fetcher{TempDir: t.TempDir(), Backoff: time.Millisecond},
		Database:        scan.Database{Repository: "dir:" + buildDB(t, now.Add(-time.Hour))},
		UnknownSeverity: gate.High,
		Offline:         true,
		Now:             func() time.Time { return now },
	}
}

// run runs the stage as the gate does, and returns the report of it.
func run(t testing.TB, o scan.Options) (gate.StageReport, gate.Report) {
	t.Helper()
	report := gate.Run(t.Context(), gate.Plan{
		Steps:     []gate.Step{{Stage: scan.New(o), Required: true}},
		Threshold: gate.High,
		Now:       o.Now,
	})
	if left, _ := os.ReadDir(o.Fetcher.TempDir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	s, _ := report.Stage("scan")
	return s, report
}

// system is a file system of files, with the fields of an apk package database
// written short: "musl 1.2.5-r10".
func system(t testing.TB, release string, packages []string, files map[string]string) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	if release != "" {
		fsys["etc/os-release"] = &fstest.MapFile{Data: []byte("ID=alpine\nVERSION_ID=" + release + "\n")}
		fsys["etc/alpine-release"] = &fstest.MapFile{Data: []byte(release + "\n")}
	}
	if packages != nil {
		var out strings.Builder
		for _, p := range packages {
			name, version, _ := strings.Cut(p, " ")
			version, origin, _ := strings.Cut(version, " ")
			out.WriteString("C:Q1Ni9zEaGqrAUNAvdFc1hHtJkGZVk=\nP:" + name + "\nV:" + version + "\nA:x86_64\nL:MIT\no:" + origin + "\n\n")
		}
		fsys["lib/apk/db/installed"] = &fstest.MapFile{Data: []byte(out.String())}
	}
	return fsys
}

// imageOf makes an image of a file system.
func imageOf(t testing.TB, fsys fstest.MapFS, platform v1.Platform) v1.Image {
	t.Helper()
	img, err := image.FromFS(fsys, platform, now)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// store writes an image or an index as an OCI layout and returns its reference.
func store(t testing.TB, what mutate.Appendable) string {
	t.Helper()
	dir := t.TempDir()
	target, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	switch what := what.(type) {
	case v1.Image:
		err = target.AppendImage(what)
	case v1.ImageIndex:
		err = target.AppendIndex(what)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "oci:" + dir
}

// golden compares v, as JSON, with a file.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs, run the test with -update and look at the difference; got:\n%s", path, got)
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
