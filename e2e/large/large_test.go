//go:build large

// Package large holds what is too large for every run: an image of 2 GB.
package large

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/testdata/db"
)

const (
	layers   = 20
	perLayer = 100 << 20
	single   = 500 << 20 // a file of text in the last one
	// maxMemory is what a scan of the image may hold at its peak.
	maxMemory = 700 << 20
)

// TestLargeImage scans an image of 20 layers of 100 MB with the built program:
// peak memory, peak disk, and what is left behind.
func TestLargeImage(t *testing.T) {
	program, err := filepath.Abs("../../bin/portcullis")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	begin := time.Now()
	size := build(t, filepath.Join(dir, "layout"))
	t.Logf("made an image of %d MB in %s", size>>20, time.Since(begin).Round(time.Second))
	if err := scan.BuildDatabase(filepath.Join(dir, "db"), db.Fixtures, time.Now()); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(dir, "temp")
	config := filepath.Join(dir, "portcullis.yaml")
	err = errors.Join(os.Mkdir(temp, 0o700), os.Mkdir(filepath.Join(dir, "tree"), 0o700),
		os.WriteFile(config, []byte("scan: {database: {repository: "+filepath.Join(dir, "db")+"}}\n"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "run", "--stages", "scan", "--images", "oci:"+filepath.Join(dir, "layout"),
		"--config", config, "--offline", filepath.Join(dir, "tree"))
	cmd.Env = []string{"TMPDIR=" + temp, "HOME=" + dir, "PATH=/usr/bin:/bin"}
	begin = time.Now()
	ctx, stop := context.WithCancel(t.Context())
	peak := watch(ctx, temp)
	out, err := cmd.CombinedOutput()
	stop()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	disk, took := <-peak, time.Since(begin)
	memory := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	t.Logf("scanned in %s, peak memory %d MB, peak disk %d MB\n%s", took.Round(time.Second), memory>>20, disk>>20, out)
	if memory > maxMemory {
		t.Errorf("%d MB of memory, want at most %d", memory>>20, maxMemory>>20)
	}
	// The verified blobs, 512 MB of what they unpack to, and the files that are too
	// large to be held in memory.
	if limit := size + 512<<20 + single + 2*perLayer; disk > limit {
		t.Errorf("%d MB on the disk, want at most %d", disk>>20, limit>>20)
	}
	if left, _ := os.ReadDir(temp); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// build writes the image as an OCI layout and returns the size of its blobs.
func build(t *testing.T, dir string) int64 {
	t.Helper()
	installed := "P:musl\nV:1.2.5-r10\nA:x86_64\nL:MIT\no:musl\n\n"
	img, err := image.FromFS(fstest.MapFS{
		"etc/os-release": {Data: []byte("ID=alpine\nVERSION_ID=3.22.1\n")}, "etc/alpine-release": {Data: []byte("3.22.1\n")},
		"lib/apk/db/installed": {Data: []byte(installed)},
	}, v1.Platform{OS: "linux", Architecture: "amd64"}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range layers {
		layer := stream.NewLayer(content(i), stream.WithCompressionLevel(gzip.BestSpeed), stream.WithMediaType(types.OCILayer))
		if img, err = mutate.AppendLayers(img, layer); err != nil {
			t.Fatal(err)
		}
	}
	target, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := target.AppendImage(img); err != nil {
		t.Fatal(err)
	}
	return used(dir)
}

// content is the archive of a layer: one large file and a thousand small ones,
// of noise, or of text in every second layer.
func content(i int) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		archive := tar.NewWriter(w)
		var source io.Reader = rand.NewChaCha8([32]byte{byte(i)})
		if i%2 == 1 {
			source = &text{n: i}
		}
		large := int64(perLayer / 2)
		if i == layers-1 {
			large = single
		}
		err := add(archive, fmt.Sprintf("srv/%02d/large.txt", i), source, large)
		for n := range 1000 {
			err = errors.Join(err, add(archive, fmt.Sprintf("srv/%02d/%04d.conf", i, n), source, perLayer/2000))
		}
		w.CloseWithError(errors.Join(err, archive.Close()))
	}()
	return r
}

func add(archive *tar.Writer, name string, source io.Reader, size int64) error {
	err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size})
	if err == nil {
		_, err = io.CopyN(archive, source, size)
	}
	return err
}

// A text is lines that differ.
type text struct {
	n    int
	rest string
}

// Read returns more lines.
func (s *text) Read(p []byte) (int, error) {
	for len(s.rest) < len(p) {
		s.n++
		s.rest += strings.Repeat(fmt.Sprintf("option-%d = value of the setting %d\n", s.n, s.n*7919), 4)
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// watch returns, once ctx ends, the most that was on the disk below dir.
func watch(ctx context.Context, dir string) <-chan int64 {
	peak := make(chan int64, 1)
	go func() {
		most := int64(0)
		for ctx.Err() == nil {
			most = max(most, used(dir))
			time.Sleep(50 * time.Millisecond)
		}
		peak <- most
	}()
	return peak
}

// used is the size of the files below dir; each counts once, however many names
// it has.
func used(dir string) (total int64) {
	seen := map[uint64]bool{}
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // it may be gone by now
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if stat := info.Sys().(*syscall.Stat_t); !seen[stat.Ino] {
			seen[stat.Ino] = true
			total += info.Size()
		}
		return nil
	})
	return total
}
