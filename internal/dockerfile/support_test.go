package dockerfile

import (
	"slices"
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
