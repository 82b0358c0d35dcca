package image_test

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/portcullis-ci/portcullis/internal/image"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// fetch fetches with fast retries into a folder of the test.
func fetch(t *testing.T, f image.Fetcher, ref string) (*image.Image, error) {
	t.Helper()
	parsed, err := image.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	f.TempDir = t.TempDir()
	f.Backoff = time.Millisecond
	img, err := f.Fetch(t.Context(), parsed)
	if err != nil {
		if left, _ := os.ReadDir(f.TempDir); len(left) != 0 {
			t.Errorf("a failed fetch left %v behind", left)
		}
		return nil, err
	}
	t.Cleanup(func() {
		if err := img.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(f.TempDir); len(left) != 0 {
			t.Errorf("Close left %v behind", left)
		}
	})
	return img, nil
}

func mustFetch(t *testing.T, ref string) *image.Image {
	t.Helper()
	img, err := fetch(t, image.Fetcher{}, ref)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// checkLayout reads a layout with go-containerregistry's own validation.
func checkLayout(t *testing.T, p image.Platform) {
	t.Helper()
	if p.Err != nil || p.Layout == "" {
		t.Fatalf("%s: layout %q, %v", p.Name, p.Layout, p.Err)
	}
	index, err := layout.ImageIndexFromPath(p.Layout)
	if err != nil {
		t.Fatal(err)
	}
	list, err := index.IndexManifest()
	if err != nil || len(list.Manifests) != 1 || list.Manifests[0].Digest != p.Digest {
		t.Fatalf("index.json lists %v (%v), want %s", list.Manifests, err, p.Digest)
	}
	img, err := index.Image(p.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(img); err != nil {
		t.Error(err)
	}
}

func hashOf(t *testing.T, img interface{ Digest() (v1.Hash, error) }) v1.Hash {
	t.Helper()
	h, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestFetchFromEverySource(t *testing.T) {
	img := sample(t, amd64, "one")
	want := hashOf(t, img)
	dir := t.TempDir()
	oci := filepath.Join(dir, "oci")
	target, err := layout.Write(oci, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := target.AppendImage(img); err != nil {
		t.Fatal(err)
	}
	docker := filepath.Join(dir, "docker.tar")
	if err := tarball.WriteToFile(docker, name.MustParseReference("shop:1"), img); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "oci.tar")
	tarFolder(t, oci, archive)
	reg := newRegistry(t)
	pushed := reg.push("1", img)

	for _, test := range []struct{ name, ref string }{
		{"oci folder", "oci:" + oci},
		{"oci folder by digest", "oci:" + oci + "@" + want.String()},
		{"oci archive", "tar:" + archive},
		{"docker archive", "tar:" + docker},
		{"registry by tag", pushed},
		{"registry by digest", reg.host + "/acme/shop@" + want.String()},
		{"registry by tag and digest", pushed + "@" + want.String()},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := mustFetch(t, test.ref)
			if got.Reference != test.ref {
				t.Errorf("reference %q", got.Reference)
			}
			// docker save keeps no manifest, so its digest is another one.
			if got.Digest != want && test.name != "docker archive" {
				t.Errorf("digest %s, want %s", got.Digest, want)
			}
			if len(got.Platforms) != 1 || got.Platforms[0].Name != "linux/amd64" {
				t.Fatalf("platforms %v", got.Platforms)
			}
			checkLayout(t, got.Platforms[0])
		})
	}
}

func TestFetchLocalErrors(t *testing.T) {
	dir := t.TempDir()
	oci := filepath.Join(dir, "two")
	target, err := layout.Write(oci, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"one", "two"} {
		if err := target.AppendImage(sample(t, amd64, content)); err != nil {
			t.Fatal(err)
		}
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no archive at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := "sha256:" + strings.Repeat("0", 64)
	for _, test := range []struct{ ref, want string }{
		{"oci:" + dir + "/missing", "no such file"},
		{"oci:" + dir, "has no file oci-layout"},
		{"oci:" + oci, "lists 2 images: choose one by adding to the path one of @sha256:"},
		{"oci:" + oci + "@" + none, "does not list " + none},
		{"tar:" + dir + "/missing.tar", "no such file"},
		{"tar:" + dir, "not a regular file"},
		{"tar:" + text, "unpacking"},
	} {
		if _, err := fetch(t, image.Fetcher{}, test.ref); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.ref, err, test.want)
		}
	}
}

func TestFetchTellsItsProgress(t *testing.T) {
	reg := newRegistry(t)
	ref := reg.push("1", sample(t, amd64, "one"))
	var mu sync.Mutex
	var done, total []int64
	f := image.Fetcher{Progress: func(_ string, d, n int64) {
		mu.Lock()
		defer mu.Unlock()
		done, total = append(done, d), append(total, n)
	}}
	if _, err := fetch(t, f, ref); err != nil {
		t.Fatal(err)
	}
	if len(done) == 0 || !slices.IsSorted(done) || done[len(done)-1] != total[len(total)-1] {
		t.Errorf("done %v of %v", done, total)
	}
}

func TestR53FetchStopsWhenTheContextEnds(t *testing.T) {
	reg := newRegistry(t)
	ref, err := image.Parse(reg.push("1", sample(t, amd64, "one")))
	if err != nil {
		t.Fatal(err)
	}
	reg.turn(hang(t, "/blobs/"))
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	time.AfterFunc(50*time.Millisecond, func() { cancel(stop) })
	dir := t.TempDir()
	f := image.Fetcher{TempDir: dir}
	if _, err := f.Fetch(ctx, ref); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left %v behind", left)
	}
}
