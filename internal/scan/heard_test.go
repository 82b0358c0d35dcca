package scan_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// damaged are the files of a layer that cannot be read whole.
var damaged = map[string]string{"var/lib/rpm/rpmdb.sqlite": "not a database"}

// TestR34WhatIsSaidOfASharedLayerCountsForAll scans two images on one base that
// cannot be read, and then the second one alone.
func TestR34WhatIsSaidOfASharedLayerCountsForAll(t *testing.T) {
	unreadable := imageOf(t, system(t, "3.22.1", base, damaged), amd64)
	o := keeping(t, store(t, onTop(t, unreadable, "a", amd64)), store(t, onTop(t, unreadable, "b", amd64)))
	_, report := run(t, o)
	for _, img := range report.Images {
		if img.Passed() {
			t.Errorf("%s passes", img.Reference)
		}
	}
	o.Images = o.Images[1:]
	if s, _ := run(t, o); s.Verdict != gate.Error || !strings.Contains(s.Error, "not everything was read") {
		t.Errorf("alone: %s %s", s.Verdict, s.Error)
	}
}

// TestR34WhatWasSaidBeforeTheJavaDatabaseCame has an archive in a later layer,
// because of which the image is scanned twice.
func TestR34WhatWasSaidBeforeTheJavaDatabaseCame(t *testing.T) {
	archive := jar(t)
	img := imageOf(t, system(t, "3.22.1", base, damaged), amd64)
	layers, err := imageOf(t, system(t, "", nil, map[string]string{"app/log.jar": archive}), amd64).Layers()
	if err == nil {
		img, err = mutate.AppendLayers(img, layers...)
	}
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, store(t, img))
	o.Database = scan.Database{Repository: log4j(t), JavaRepository: "dir:" + javaDB(t, archive, now)}
	if s, _ := run(t, o); s.Verdict != gate.Error || !strings.Contains(s.Error, "not everything was read") {
		t.Errorf("%s %q", s.Verdict, s.Error)
	}
}

// TestKeptResultTellsOfNoArchivesOfOthers scans an image beside one that has Java
// archives, and then alone.
func TestKeptResultTellsOfNoArchivesOfOthers(t *testing.T) {
	archive := jar(t)
	plain := store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64))
	o := keeping(t, store(t, imageOf(t, system(t, "3.22.1", base, map[string]string{"app/log.jar": archive}), amd64)), plain)
	o.Database = scan.Database{Repository: log4j(t), JavaRepository: "dir:" + javaDB(t, archive, now)}
	if s, _ := run(t, o); s.Verdict != gate.Failed {
		t.Fatalf("%s %s", s.Verdict, s.Error)
	}
	withoutLayers(t, plain)
	o.Images = []string{plain}
	if s, _ := run(t, o); s.Verdict != gate.Passed || strings.Contains(strings.Join(s.Notes, "\n"), "Java") {
		t.Errorf("%s %s %q", s.Verdict, s.Error, s.Notes)
	}
}

// configured is an image that sets a variable and has a label.
func configured(t *testing.T) v1.Image {
	t.Helper()
	img := imageOf(t, system(t, "3.22.1", base, nil), amd64)
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.Config.Env = []string{"AWS_ACCESS_KEY_ID=AKIA" + "2E0A8F3B244C9986"}
	config.Config.Labels = map[string]string{"org.opencontainers.image.title": "shop"}
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	return img
}

// TestR11KeptResultHoldsNoVariable looks for what an image sets in its
// environment.
func TestR11KeptResultHoldsNoVariable(t *testing.T) {
	o := keeping(t, store(t, configured(t)))
	if s, _ := run(t, o); len(s.Findings) != 1 || !s.Findings[0].Sensitive {
		t.Fatalf("%s %s %+v", s.Verdict, s.Error, s.Findings)
	}
	for _, name := range kept(t, &o) {
		if bytes.Contains(read(t, name), []byte("2E0A8F3B244C9986")) {
			t.Errorf("%s holds the secret", filepath.Base(name))
		}
	}
}
