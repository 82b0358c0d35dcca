package scan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// keeping are the options of a run that keeps its results.
func keeping(t *testing.T, images ...string) scan.Options {
	t.Helper()
	o := options(t, images...)
	o.Results = filepath.Join(t.TempDir(), "results")
	return o
}

// withoutLayers removes the large blobs of a layout: who still scans it fails.
func withoutLayers(t *testing.T, reference string) {
	t.Helper()
	blobs, err := filepath.Glob(filepath.Join(strings.TrimPrefix(reference, "oci:"), "blobs", "sha256", "*"))
	if err != nil || len(blobs) == 0 {
		t.Fatal(blobs, err)
	}
	removed := 0
	for _, blob := range blobs {
		if raw := read(t, blob); !json.Valid(raw) {
			removed++
			if err := os.Remove(blob); err != nil {
				t.Fatal(err)
			}
		}
	}
	if removed == 0 {
		t.Fatal("no layer was removed")
	}
}

// timeless is the report of a stage, but for how long it took.
func timeless(t *testing.T, s gate.StageReport, r gate.Report) string {
	t.Helper()
	for i := range r.Stages {
		r.Stages[i].Duration = 0
	}
	s.Duration = 0
	raw, err := json.MarshalIndent([]any{s, r}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestKeptResultSaysTheSame(t *testing.T) {
	own := system(t, "3.22.1", base, nil)
	own["usr/local/bin/tool"] = silentServer
	images := map[string]string{"varied": varied(t), "programs": store(t, imageOf(t, own, amd64)), "configured": store(t, configured(t))}
	for name, img := range witnessed(t) {
		images[name] = store(t, img)
	}
	for name, reference := range images {
		t.Run(name, func(t *testing.T) {
			o := keeping(t, reference)
			o.Scanners = []string{scan.Secrets, scan.Licenses}
			if name != "varied" { // which has packages that the database knows nothing of
				o.Scanners = append(o.Scanners, scan.Vulnerabilities)
			}
			o.SBOM, o.SBOMDir, o.Version = scan.CycloneDX, t.TempDir(), "1.2.3"
			s, report := run(t, o)
			if s.Verdict == gate.Error {
				t.Fatal(s.Error)
			}
			boms := contents(t, o.SBOMDir)
			cold := timeless(t, s, report)
			withoutLayers(t, reference)
			o.Images = append(o.Images, o.Images...) // a reference that is there twice is one
			s, report = run(t, o)
			if warm := timeless(t, s, report); warm != cold {
				t.Errorf("first:\n%s\nagain:\n%s", cold, warm)
			}
			for file, content := range contents(t, o.SBOMDir) {
				if content != boms[file] {
					t.Errorf("%s differs", file)
				}
			}
		})
	}
}

// contents are the files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	files := map[string]string{}
	for _, name := range names {
		files[filepath.Base(name)] = string(read(t, name))
	}
	return files
}

func TestR08KeptResultCountsOnlyForTheSame(t *testing.T) {
	later := func(o *scan.Options, d time.Duration) {
		before := o.Now()
		o.Now = func() time.Time { return before.Add(d) }
	}
	for name, test := range map[string]struct {
		change func(*testing.T, *scan.Options)
		same   bool
	}{
		"nothing":                 {func(*testing.T, *scan.Options) {}, true},
		"later that day":          {func(_ *testing.T, o *scan.Options) { later(o, time.Hour) }, true},
		"what fails":              {func(_ *testing.T, o *scan.Options) { o.IgnoreUnfixed, o.UnknownSeverity = true, gate.Low }, true},
		"the next day":            {func(_ *testing.T, o *scan.Options) { later(o, 13*time.Hour) }, false},
		"another database":        {func(t *testing.T, o *scan.Options) { o.Database.Repository = log4j(t) }, false},
		"what is looked for":      {func(_ *testing.T, o *scan.Options) { o.Scanners = []string{scan.Vulnerabilities} }, false},
		"licences in an SBOM":     {func(_ *testing.T, o *scan.Options) { o.SBOM = scan.SPDX }, false},
		"nothing is kept":         {func(_ *testing.T, o *scan.Options) { o.Results = "" }, false},
		"others may write there":  {func(t *testing.T, o *scan.Options) { chmod(t, o.Results, 0o777) }, false},
		"others may write a file": {func(t *testing.T, o *scan.Options) { chmod(t, filepath.Join(o.Results, "*"), 0o666) }, false},
		"a file is damaged": {func(t *testing.T, o *scan.Options) {
			for _, name := range kept(t, o) {
				edit(t, filepath.Dir(name), filepath.Base(name), func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("musl"), []byte("mush")) })
			}
		}, false},
		"files are swapped": {func(t *testing.T, o *scan.Options) {
			names := kept(t, o)
			for i, name := range names {
				if err := os.Rename(name, names[(i+1)%len(names)]+".new"); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range names {
				if err := os.Rename(name+".new", name); err != nil {
					t.Fatal(err)
				}
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			platforms, err := image.Index(imageOf(t, system(t, "3.22.1", base, nil), amd64), imageOf(t, system(t, "3.22.1", base, nil), arm64))
			if err != nil {
				t.Fatal(err)
			}
			o := keeping(t, store(t, platforms))
			if s, _ := run(t, o); s.Verdict == gate.Error {
				t.Fatal(s.Error)
			}
			withoutLayers(t, o.Images[0])
			test.change(t, &o)
			s, _ := run(t, o)
			if missing := strings.Contains(s.Error, "no such file"); missing == test.same {
				t.Errorf("%s %q, but the layers are gone", s.Verdict, s.Error)
			}
		})
	}
}

// kept are the files of what is kept.
func kept(t *testing.T, o *scan.Options) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(o.Results, "*"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return names
}

func chmod(t *testing.T, pattern string, mode os.FileMode) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
}

func TestR11KeptResultHoldsNoSecret(t *testing.T) {
	o := keeping(t, store(t, witnessed(t)["npm"]))
	s, _ := run(t, o)
	found := 0
	for _, f := range s.Findings {
		if f.Sensitive {
			found++
		}
	}
	if found == 0 {
		t.Fatal("no secret was found")
	}
	for _, name := range kept(t, &o) {
		if bytes.Contains(read(t, name), []byte("2E0A8F3B244C")) || bytes.Contains(read(t, name), []byte("key = ")) {
			t.Errorf("%s holds the secret, or its line", name)
		}
	}
}

func TestWhatCouldNotBeScannedIsNotKept(t *testing.T) {
	o := keeping(t, store(t, imageOf(t, system(t, "3.22.1", nil, map[string]string{"lib/apk/db/installed": "P:\x00"}), amd64)))
	for range 2 {
		if s, _ := run(t, o); s.Verdict != gate.Error {
			t.Fatalf("%s %+v", s.Verdict, s.Findings)
		}
	}
	withoutLayers(t, o.Images[0])
	if s, _ := run(t, o); !strings.Contains(s.Error, "no such file") {
		t.Errorf("%s", s.Error)
	}
}

func TestKeptResultOfJavaArchives(t *testing.T) {
	archive := jar(t)
	m := newJavaMirror(t)
	m.push(javaDB(t, archive, now.Add(-time.Hour)))
	o := java(t, m, archive)
	o.Results = filepath.Join(t.TempDir(), "results")
	first, report := run(t, o)
	want := timeless(t, first, report)
	time.Sleep(1100 * time.Millisecond) // files are too fresh to be told apart by their time
	if s, r := run(t, o); timeless(t, s, r) != want {
		t.Fatalf("%s %s", s.Verdict, s.Error)
	}
	withoutLayers(t, o.Images[0])
	s, report := run(t, o)
	if got := timeless(t, s, report); got != want || len(s.Findings) == 0 {
		t.Errorf("first:\n%s\nagain:\n%s", want, got)
	}
	m.push(javaDB(t, archive, now)) // which is not asked for yet
	o.Database.JavaRepository = "dir:" + javaDB(t, archive, now)
	if s, _ := run(t, o); !strings.Contains(s.Error, "no such file") {
		t.Errorf("another database of archives: %s %s", s.Verdict, s.Error)
	}
}
