package scan_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// edit rewrites a file of a database.
func edit(t *testing.T, dir, name string, change func([]byte) []byte) {
	t.Helper()
	name = filepath.Join(dir, name)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, change(raw), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestR16DatabaseThatCannotBeTrusted(t *testing.T) {
	img := store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64))
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	bytesOf := func(name string, change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) { edit(t, dir, name, change) }
	}
	replace := func(from, to string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(from), []byte(to)) }
	}
	for _, test := range []struct {
		name    string
		updated time.Time
		damage  func(*testing.T, string)
		want    string
	}{
		{"missing", now, remove("trivy.db"), "there is no trivy.db"},
		{"without metadata", now, remove("metadata.json"), "there is no metadata.json"},
		{"metadata that is no JSON", now, bytesOf("metadata.json", func([]byte) []byte { return []byte("{") }), "reading its metadata"},
		{"another schema", now, bytesOf("metadata.json", replace(`"Version":2`, `"Version":1`)), "schema version 1, want 2"},
		{"no date", time.Time{}, nil, "does not say when it was made"},
		{"too old", now.Add(-49 * time.Hour), nil, "49h0m0s old, made on 2026-08-30; the limit is 48h0m0s"},
		{"from the future", now.Add(2 * time.Hour), nil, "dated in the future"},
		{"no database at all", now, bytesOf("trivy.db", func([]byte) []byte { return []byte("hello") }), "damaged"},
		{"no bytes", now, bytesOf("trivy.db", func([]byte) []byte { return nil }), "damaged"},
		{"truncated", now, bytesOf("trivy.db", func(b []byte) []byte { return b[:len(b)/2] }), "damaged"},
		{"overwritten in the middle", now, bytesOf("trivy.db", func(b []byte) []byte {
			for i := 3 * 4096; i < len(b); i++ {
				b[i] ^= 0x55
			}
			return b
		}), "damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options(t, img)
			dir := buildDB(t, test.updated)
			if test.damage != nil {
				test.damage(t, dir)
			}
			o.Database.Repository = dir
			s, report := run(t, o)
			if s.Verdict != gate.Error || report.ExitCode != gate.ExitIncomplete || report.Images[0].Passed() {
				t.Errorf("%s, exit code %d", s.Verdict, report.ExitCode)
			}
			if !strings.Contains(s.Error, test.want) || s.Failures[0].Hint == "" {
				t.Errorf("got %+v, want %q", s.Failures[0], test.want)
			}
		})
	}
}

func TestR16EmptyDatabase(t *testing.T) {
	for name, yaml := range map[string]string{
		"nothing":         "[]\n",
		"no advisories":   "- bucket: vulnerability\n  pairs:\n    - key: CVE-2099-1\n      value: {Title: a}\n",
		"empty bucket":    "- bucket: alpine 3.22\n- bucket: vulnerability\n  pairs:\n    - key: CVE-2099-1\n      value: {Title: a}\n",
		"no descriptions": "- bucket: alpine 3.22\n  pairs:\n    - bucket: musl\n      pairs:\n        - key: CVE-2099-1\n          value: {FixedVersion: \"1\"}\n",
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64)))
			dir := t.TempDir()
			if err := scan.BuildDatabase(dir, fstest.MapFS{"a.yaml": {Data: []byte(yaml)}}, now); err != nil {
				t.Fatal(err)
			}
			o.Database.Repository = dir
			if s, _ := run(t, o); s.Verdict != gate.Error || !strings.Contains(s.Error, "empty") {
				t.Errorf("%s: %s", s.Verdict, s.Error)
			}
		})
	}
}
