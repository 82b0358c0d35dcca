package scan_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A format is a set of small files as a tool writes them, in which "bad" is there at
// 1.0.0, which is vulnerable, and where that can be also at 2.0.0, which is not: the
// finding is on the line of the first.
type format struct {
	name  string
	files map[string]string
	want  []string
}

// formats are the archives of testdata/formats, which say above their files what
// is found.
func formats(t *testing.T) []format {
	t.Helper()
	names, err := filepath.Glob("testdata/formats/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	var all []format
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := format{name: strings.TrimSuffix(filepath.Base(name), ".txtar"), files: map[string]string{}}
		f.want = strings.Split(strings.TrimSpace(string(archive.Comment)), "\n")
		for _, file := range archive.Files {
			f.files[file.Name] = string(file.Data)
		}
		all = append(all, f)
	}
	return all
}

func TestEveryFormatOfALockFile(t *testing.T) {
	db := advisories(t)
	endings := map[string]func(string) string{
		"":         func(s string) string { return s },
		" CRLF":    func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		" and BOM": func(s string) string { return "\ufeff" + s },
	}
	for _, test := range formats(t) {
		for ending, written := range endings {
			t.Run(test.name+ending, func(t *testing.T) {
				files := map[string]string{}
				for name, text := range test.files {
					files[name] = written(text)
				}
				o := inWorkspace(t, files)
				o.Database.Repository = "dir:" + db
				s, _ := run(t, o)
				if got := places(s); !slices.Equal(got, test.want) || s.Verdict != gate.Failed {
					t.Errorf("%s %s\ngot  %q\nwant %q\nnotes %q", s.Verdict, s.Error, got, test.want, s.Notes)
				}
			})
		}
	}
}

// What is not scanned is said: lock files of packages, and formats without a parser.
func TestLockFilesThatAreLeftOutAreNoted(t *testing.T) {
	o := inWorkspace(t, map[string]string{
		"package-lock.json": strings.ReplaceAll(lodash, "4.17.20", "4.17.21"), "node_modules/a/package-lock.json": "{", "node_modules/a/yarn.lock": "{",
		"vendor/a/composer.lock": "[", "pdm.lock": "", "web/environment.yml": "prefix: /\n",
	})
	s, _ := run(t, o)
	want := []string{
		"lock files in folders of packages were left out, they are those of the packages: node_modules/a/package-lock.json, node_modules/a/yarn.lock, vendor/a/composer.lock",
		"lock files of these formats cannot be checked: pdm.lock, web/environment.yml",
	}
	if s.Verdict != gate.Passed || !slices.Equal(s.Notes, want) {
		t.Errorf("%s %s %q", s.Verdict, s.Error, s.Notes)
	}
}

// What Go's modules or gems vendor is scanned, as Trivy does.
func TestVendoredLockFilesAreScanned(t *testing.T) {
	o := inWorkspace(t, map[string]string{"vendor/a/go.mod": "module a\n\ngo 1.24\n\nrequire example.com/bad v1.0.0\n"})
	o.Database.Repository = "dir:" + advisories(t)
	if s, _ := run(t, o); len(s.Findings) != 1 || s.Findings[0].Path != "vendor/a/go.mod" {
		t.Errorf("%s %s %q", s.Verdict, s.Error, places(s))
	}
}

// A file that its parser would read as one of fewer packages, without a word.
func TestR34DamagedLockFilesAreErrors(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	for name, text := range map[string]string{
		"mix.lock":            "%{\n  # " + long + "\n  \"bad\": {:hex, :bad, \"1.0.0\", \"aa\", [:mix], [], \"hexpm\", \"bb\"},\n}\n",
		"a/mix.lock":          "%{\n  \"bad\": {:hex, :bad, \"1.0.0\"},\n}\n",
		"b/mix.lock":          "%{\n  \"bad\": {:hex,",
		"gradle.lockfile":     "# " + long + "\norg.bad:bad:1.0.0=x\nempty=\n",
		"a/gradle.lockfile":   "org.bad:bad:1.0.0=x\n",
		"Gemfile.lock":        "GEM\n  specs:\n",
		"yarn.lock":           "a\n",
		"requirements.txt":    "a==1\n# " + long + "\nbad==1.0.0\n",
		"a/requirements.txt":  "a==1\n\x00bad==1.0.0\n",
		"Manifest.toml":       "julia_version = \"1.10\"\nmanifest_format = \"2.0\"\n[[deps.bad]]\nuuid = \"2\"\nversion = \"1.0.0\"\n",
		"pnpm-lock.yaml":      "lockfileVersion: next\npackages: {}\n",
		"a/pnpm-lock.yaml":    "lockfileVersion: [9]\npackages: {}\n",
		"Podfile.lock":        "PODS:\n  - bad 1.0.0\n",
		"a/Podfile.lock":      "PODS: [{bad (1.0.0): 1}]\n",
		"Package.resolved":    "{\"pins\": [",
		"build.sbt.lock":      "{",
		"a.deps.json":         "{",
		"packages.config":     "<packages><package",
		"A.packages.props":    "<Project",
		"pylock.toml":         "[[packages",
		"a/Cargo.lock":        "[[package]]\nname = \"bad\n",
		"b/package-lock.json": "{\"lockfileVersion\": 3, \"packages\": {\"node_modules/bad\": {\"version\": \"1.0.0\"",
	} {
		t.Run(name, func(t *testing.T) {
			o := inWorkspace(t, map[string]string{name: text})
			o.Database.Repository = "dir:" + advisories(t)
			if s, _ := run(t, o); s.Verdict != gate.Error {
				t.Errorf("%s %s %q %q", s.Verdict, s.Error, places(s), s.Notes)
			}
		})
	}
}
