//go:build beside

// Package beside measures whole runs of the built program beside those of Trivy,
// on the same layout with the same database, in turns: what else the machine does
// slows both. `make bench-beside` gives it what it needs.
package beside

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// advisories are some for the root file system that the script makes.
const advisories = `
- bucket: debian 12
  pairs:
    - bucket: bash
      pairs: [{key: CVE-2022-3715, value: {Severity: 1}}]
    - bucket: perl
      pairs: [{key: CVE-2023-31484, value: {FixedVersion: "5.36.0-99"}}]
    - bucket: util-linux
      pairs: [{key: CVE-2022-0563, value: {FixedVersion: "2.99-1"}}]
- bucket: data-source
  pairs:
    - key: debian 12
      value: {ID: debian, Name: "Debian Security Tracker", URL: "https://security-tracker.debian.org"}
- bucket: vulnerability
  pairs:
    - {key: CVE-2022-3715, value: {Title: bash, Severity: HIGH}}
    - {key: CVE-2023-31484, value: {Title: perl, Severity: HIGH}}
    - {key: CVE-2022-0563, value: {Title: util-linux, Severity: LOW}}
`

// A bench has the two programs and what they scan.
type bench struct {
	*testing.B
	dir, portcullis, trivy string
}

func newBench(b *testing.B) bench {
	b.Helper()
	portcullis, err := filepath.Abs("../../bin/portcullis")
	if err != nil {
		b.Fatal(err)
	}
	s := bench{B: b, dir: b.TempDir(), portcullis: portcullis, trivy: os.Getenv("BESIDE_TRIVY")}
	if s.trivy == "" || os.Getenv("BESIDE_ROOTFS") == "" {
		b.Fatal("run `make bench-beside`, which sets BESIDE_TRIVY and BESIDE_ROOTFS")
	}
	files := fstest.MapFS{"db.yaml": {Data: []byte(advisories)}}
	s.must(scan.BuildDatabase(filepath.Join(s.dir, "trivy", "db"), files, time.Now()))
	s.must(os.Mkdir(filepath.Join(s.dir, "tree"), 0o700))
	config := fmt.Sprintf("scan: {database: {repository: %s}}\n", filepath.Join(s.dir, "trivy", "db"))
	s.must(os.WriteFile(filepath.Join(s.dir, "tree", "portcullis.yaml"), []byte(config), 0o600))
	return s
}

func (s bench) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// layout writes an index of these platforms, which share the root file system and
// have one small layer of their own each.
func (s bench) layout(name string, architectures ...string) string {
	s.Helper()
	layer, err := tarball.LayerFromFile(os.Getenv("BESIDE_ROOTFS"))
	s.must(err)
	var images []v1.Image
	for _, architecture := range architectures {
		own, err := image.FromFS(fstest.MapFS{"etc/platform": {Data: []byte(architecture)}}, v1.Platform{OS: "linux", Architecture: architecture}, time.Unix(0, 0))
		s.must(err)
		config, err := own.ConfigFile()
		s.must(err)
		above, err := own.Layers()
		s.must(err)
		img, err := mutate.AppendLayers(empty.Image, append([]v1.Layer{layer}, above...)...)
		s.must(err)
		whole, err := img.ConfigFile()
		s.must(err)
		whole = whole.DeepCopy()
		whole.OS, whole.Architecture = config.OS, config.Architecture
		img, err = mutate.ConfigFile(img, whole)
		s.must(err)
		images = append(images, img)
	}
	dir := filepath.Join(s.dir, name)
	target, err := layout.Write(dir, empty.Index)
	s.must(err)
	if len(images) == 1 {
		s.must(target.AppendImage(images[0]))
		return dir
	}
	index, err := image.Index(images...)
	s.must(err)
	s.must(target.AppendIndex(index))
	return dir
}

// A cost is what one run took.
type cost struct{ wall, cpu time.Duration }

// run runs a program, which must end with one of these codes.
func (s bench) run(codes []int, program string, args ...string) cost {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), program, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"HOME=" + s.dir, "PATH=/usr/bin:/bin", "TMPDIR=" + os.TempDir()}
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(begin)
	if cmd.ProcessState == nil || !slices.Contains(codes, cmd.ProcessState.ExitCode()) {
		s.Fatalf("%s: %v\n%s", program, err, out)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{wall: took, cpu: time.Duration(usage.Utime.Nano() + usage.Stime.Nano())}
}

func (s bench) ours(layout string) cost {
	return s.run([]int{1}, s.portcullis, "run", "--stages", "scan", "--images", "oci:"+layout, "--offline", "--format", "json", filepath.Join(s.dir, "tree"))
}

func (s bench) theirs(layout string) cost {
	return s.run([]int{0}, s.trivy, "image", "--input", layout, "--cache-dir", filepath.Join(s.dir, "trivy"), "--skip-db-update",
		"--skip-java-db-update", "--skip-version-check", "--disable-telemetry", "--offline-scan", "--quiet", "--format", "json")
}

// forget removes what both programs keep between runs.
func (s bench) forget() {
	s.must(os.RemoveAll(filepath.Join(s.dir, ".cache")))
	s.must(os.RemoveAll(filepath.Join(s.dir, "trivy", "fanal")))
}

// median is the middle of what was measured, in milliseconds.
func median(of []cost, what func(cost) time.Duration) float64 {
	var all []time.Duration
	for _, c := range of {
		all = append(all, what(c))
	}
	slices.Sort(all)
	return float64(all[len(all)/2].Microseconds()) / 1000
}

func wall(c cost) time.Duration { return c.wall }
func cpu(c cost) time.Duration  { return c.cpu }

// report prints the medians of two programs and how many times as long the first took.
func (s bench) report(name string, own []cost, other string, others []cost) {
	s.ReportMetric(0, "ns/op") // the sum of both says nothing
	s.ReportMetric(median(own, wall), name+"-ms")
	s.ReportMetric(median(others, wall), other+"-ms")
	s.ReportMetric(median(own, cpu), name+"-cpu-ms")
	s.ReportMetric(median(others, cpu), other+"-cpu-ms")
	s.ReportMetric(median(own, wall)/median(others, wall), "times")
}

// BenchmarkWarm scans an image that both programs have scanned before.
func BenchmarkWarm(b *testing.B) {
	s := newBench(b)
	dir := s.layout("layout", "amd64")
	for range 2 { // the database is too fresh to be told apart by its time the first time
		s.ours(dir)
		s.theirs(dir)
	}
	var own, others []cost
	for b.Loop() {
		own, others = append(own, s.ours(dir)), append(others, s.theirs(dir))
	}
	s.report("portcullis", own, "trivy", others)
}

// BenchmarkCold scans an image of which nothing is known.
func BenchmarkCold(b *testing.B) {
	s := newBench(b)
	dir := s.layout("layout", "amd64")
	var own, others []cost
	for b.Loop() {
		s.forget()
		own, others = append(own, s.ours(dir)), append(others, s.theirs(dir))
	}
	s.report("portcullis", own, "trivy", others)
}

// BenchmarkSecondPlatform scans an index of two platforms that share their large
// layer, and one of the first of them alone.
func BenchmarkSecondPlatform(b *testing.B) {
	s := newBench(b)
	one, both := s.layout("one", "amd64"), s.layout("both", "amd64", "arm64")
	var first, second []cost
	for b.Loop() {
		s.forget()
		alone := s.ours(one)
		s.forget()
		all := s.ours(both)
		first, second = append(first, alone), append(second, cost{wall: all.wall - alone.wall, cpu: all.cpu - alone.cpu})
	}
	s.report("second", second, "first", first)
}
