package dockerfile

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// linesOf returns the lines of what one rule found.
func linesOf(t *testing.T, res gate.Result, id string) []int {
	t.Helper()
	var lines []int
	for _, f := range res.Findings {
		if f.Rule == id {
			lines = append(lines, f.Line)
		}
	}
	return lines
}

// TestSupportEndsByTheClock holds that the last day itself is one of support.
func TestSupportEndsByTheClock(t *testing.T) {
	for now, want := range map[string][]int{
		"2024-06-30T23:59:59Z": nil,
		"2024-07-01T00:00:00Z": {2},
		"2026-09-01T00:00:00Z": {1, 2},
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		res, err := run(t, Options{Now: func() time.Time { return at }}, map[string]string{"Dockerfile": "FROM debian:11\nFROM debian:10\n"})
		if got := linesOf(t, res, "PC6011"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: lines %v, want %v (%v)", now, got, want, err)
		}
	}
}

// TestSupportEndsAreDates finds a day that was not written as one: the rule
// would pass over it.
func TestSupportEndsAreDates(t *testing.T) {
	for name, releases := range supportEnds {
		for release := range releases {
			if day, ok := endOfSupport(name, release); !ok || day.Year() < 2015 {
				t.Errorf("%s:%s ends on %v", name, release, day)
			}
		}
	}
}

// TestSupportEndsAgainstTrivy compares the table with those by which Trivy
// warns, read from the source of its module. Ubuntu's and Red Hat's paid support
// and dates without an end are not what the table has.
func TestSupportEndsAgainstTrivy(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aquasecurity/trivy").Output()
	if err != nil {
		t.Skipf("the source of Trivy is not here: %v", err)
	}
	entry := regexp.MustCompile(`"([0-9.]+)":\s+time\.Date\((\d+), (\d+), (\d+),`)
	compared := 0
	for image, file := range map[string]string{
		"alpine": "alpine/alpine.go", "debian": "debian/debian.go", "ubuntu": "ubuntu/ubuntu.go", "centos": "redhat/redhat.go",
		"amazonlinux": "amazon/amazon.go", "oraclelinux": "oracle/oracle.go", "photon": "photon/photon.go",
	} {
		text := read(t, filepath.Join(strings.TrimSpace(string(out)), "pkg/detector/ospkg", filepath.FromSlash(file)))
		if _, centos, ok := strings.Cut(text, "centosEOLDates"); ok {
			text = centos
		}
		for _, m := range entry.FindAllStringSubmatch(text, -1) {
			want, err := time.Parse("2006-1-2", m[2]+"-"+m[3]+"-"+m[4])
			day, known := endOfSupport(image, m[1])
			paid := image == "ubuntu" && m[1] == "14.04" // Trivy's date is that of Pro
			if err != nil || !known || want.Year() > 2100 || paid {
				continue
			}
			compared++
			if apart := day.Sub(want).Abs(); apart > 62*24*time.Hour {
				t.Errorf("%s:%s ends on %s, in Trivy on %s", image, m[1], day.Format(time.DateOnly), want.Format(time.DateOnly))
			}
		}
	}
	if t.Logf("%d releases compared", compared); compared < 50 {
		t.Errorf("only %d releases compared", compared)
	}
}

func TestWholeContextWithIgnoreFile(t *testing.T) {
	for name, want := range map[string][]int{
		"other/.dockerignore":               {2},
		".dockerignore":                     nil,
		"a/.dockerignore":                   nil,
		"a/b/.containerignore":              nil,
		"a/b/Dockerfile.dockerignore":       nil,
		"a/b/Dockerfile.other.dockerignore": {2},
	} {
		res, err := run(t, Options{}, map[string]string{"a/b/Dockerfile": "FROM debian:12\nCOPY . /app\nCOPY . /more\n", name: "[\n"})
		if got := linesOf(t, res, "PC6009"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: lines %v, want %v (%v)", name, got, want, err)
		}
	}
}
