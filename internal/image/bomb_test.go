package image_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/image"
)

func TestR36Bombs(t *testing.T) {
	reg := newRegistry(t)
	big := archiveOf(t, 1, 8<<20) // a thousand times smaller when compressed
	many := archiveOf(t, 200, 0)
	lie := lyingArchive(t, 1<<62)
	for _, test := range []struct {
		name   string
		plain  []byte
		limits image.Limits
	}{
		{"ratio", big, image.Limits{RatioFloor: 1 << 20}},
		{"unpacked bytes", big, image.Limits{Uncompressed: 4 << 20}},
		{"compressed bytes", many, image.Limits{Compressed: 100}},
		{"entries", many, image.Limits{Entries: 100}},
		{"a header that lies", lie, image.Limits{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ref := reg.push("1", withLayer(t, gzipped(t, test.plain), digestOf(t, test.plain)))
			img, err := fetch(t, image.Fetcher{Limits: test.limits}, ref)
			if err != nil {
				t.Fatal(err)
			}
			if err := onlyErr(t, img); !errors.Is(err, image.ErrLimit) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("manifest", func(t *testing.T) {
		index, err := image.Index(sample(t, amd64, "one"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := fetch(t, image.Fetcher{Limits: image.Limits{Manifest: 100}}, reg.push("index", index))
		if err != nil {
			t.Fatal(err)
		}
		if err := onlyErr(t, img); !errors.Is(err, image.ErrLimit) {
			t.Errorf("got %v", err)
		}
	})
}

// lyingArchive has one file that claims to be size bytes long.
func lyingArchive(t *testing.T, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Name: "f", Size: size, Format: tar.FormatGNU}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestR36SparseMemberOfAnArchive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sparse.tar")
	if err := os.WriteFile(file, lyingArchive(t, 1<<40), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fetch(t, image.Fetcher{}, "tar:"+file); !errors.Is(err, image.ErrLimit) {
		t.Errorf("got %v", err)
	}
}

// An image that does not fit the disk is an error at once, and takes what it has
// written with it.
func TestR55NoRoomForTheImage(t *testing.T) {
	reg := newRegistry(t)
	ref := reg.push("1", incompressible(t, 1<<20, nil))
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("mounting: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	reg.turn(nil)
	parsed, err := image.Parse(ref)
	if err != nil {
		t.Fatal(err)
	}
	f := image.Fetcher{TempDir: dir}
	img, err := f.Fetch(t.Context(), parsed)
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Platforms[0].Err; !errors.Is(got, syscall.ENOSPC) {
		t.Errorf("got %v", got)
	}
	if n := reg.count("GET /v2/acme/shop/blobs/"); n > 2 {
		t.Errorf("%d requests, want one for each blob", n)
	}
	if err := img.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
