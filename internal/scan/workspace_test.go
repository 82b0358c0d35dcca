package scan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// advisories is a database in which the package "bad" of every ecosystem is
// vulnerable below 2.0.0.
func advisories(t *testing.T) string {
	t.Helper()
	var buckets, sources strings.Builder
	names := map[string]string{"go": "example.com/bad", "maven": "org.bad:bad", "composer": "acme/bad", "nuget": "bad", "swift": "github.com/acme/bad"}
	for _, eco := range []string{"cargo", "composer", "conan", "erlang", "go", "maven", "npm", "nuget", "pip", "pub", "rubygems", "swift", "cocoapods", "julia"} {
		name := names[eco]
		if name == "" {
			name = "bad"
		}
		fmt.Fprintf(&buckets, "- bucket: %q\n  pairs:\n    - bucket: %q\n      pairs:\n        - key: CVE-2026-0001\n          value: {PatchedVersions: [\"2.0.0\"], VulnerableVersions: [\"<2.0.0\"]}\n",
			eco+"::Test", name)
		fmt.Fprintf(&sources, "    - key: %q\n      value: {ID: test, Name: Test, URL: \"https://example.com\"}\n", eco+"::Test")
	}
	dir := t.TempDir()
	files := fstest.MapFS{
		"a.yaml": {Data: []byte(buckets.String())},
		"b.yaml": {Data: []byte("- bucket: data-source\n  pairs:\n" + sources.String())},
		"c.yaml": {Data: []byte("- bucket: vulnerability\n  pairs:\n    - key: CVE-2026-0001\n      value: {Title: \"bad: it is\", Severity: HIGH}\n")},
	}
	if err := scan.BuildDatabase(dir, files, now.Add(-3600e9)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestVulnerabilitiesOfLockFilesAreOnTheirLines(t *testing.T) {
	db := advisories(t)
	const fixed = ": bad 1.0.0 has CVE-2026-0001, fixed in 2.0.0"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"package-lock.json v1", map[string]string{"package-lock.json": `{
  "name": "shop", "lockfileVersion": 1, "requires": true,
  "dependencies": {
    "good": {
      "version": "1.0.0",
      "requires": {
        "bad": "^1.0.0"
      }
    },
    "bad": {
      "version": "1.0.0"
    }
  }
}
`}, []string{"package-lock.json:10:5-10 exact bad 1.0.0" + fixed + ", via good"}},
		{"package-lock.json v3", map[string]string{"web/package-lock.json": `{
  "name": "shop", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": {"name": "shop", "dependencies": {"good": "^1.0.0"}},
    "node_modules/good": {
      "version": "1.0.0",
      "dependencies": {"better": "^1.0.0"}
    },
    "node_modules/better": {
      "version": "1.0.0",
      "dependencies": {"bad": "^1.0.0"}
    },
    "node_modules/bad": {
      "version": "1.0.0"
    }
  }
}
`}, []string{"web/package-lock.json:13:5-23 exact bad 1.0.0" + fixed + ", via good > better"}},
		{"yarn v1", map[string]string{"package.json": `{"name": "shop", "dependencies": {"good": "^1.0.0"}}`, "yarn.lock": `# yarn lockfile v1


bad@^1.0.0:
  version "1.0.0"
  resolved "https://registry.example/bad-1.0.0.tgz#1"

good@^1.0.0:
  version "1.0.0"
  dependencies:
    bad "^1.0.0"
`}, []string{"yarn.lock:4:1-4 exact bad 1.0.0" + fixed + ", via good"}},
		{"yarn berry", map[string]string{"package.json": `{"name": "shop", "dependencies": {"bad": "^1.0.0"}}`, "yarn.lock": `__metadata:
  version: 6

"bad@npm:^1.0.0":
  version: 1.0.0
  resolution: "bad@npm:1.0.0"
  checksum: 1
  languageName: node
  linkType: hard
`}, []string{"yarn.lock:4:2-5 exact bad 1.0.0" + fixed}},
		{"pnpm v6", map[string]string{"pnpm-lock.yaml": `lockfileVersion: '6.0'

dependencies:
  good:
    specifier: ^1.0.0
    version: 1.0.0

packages:

  /bad@1.0.0:
    resolution: {integrity: sha512-1}
    dev: false

  /good@1.0.0:
    resolution: {integrity: sha512-2}
    dependencies:
      bad: 1.0.0
    dev: false
`}, []string{"pnpm-lock.yaml:10:4-7 exact bad 1.0.0" + fixed + ", via good"}},
		{"pnpm v9", map[string]string{"pnpm-lock.yaml": `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      bad:
        specifier: ^1.0.0
        version: 1.0.0

packages:

  bad@1.0.0:
    resolution: {integrity: sha512-1}

snapshots:

  bad@1.0.0: {}
`}, []string{"pnpm-lock.yaml:13:3-6 exact bad 1.0.0" + fixed}},
		{"go.mod", map[string]string{"go.mod": `module example.com/shop

go 1.24

require (
	example.com/bad v1.0.0
	example.com/badger v1.0.0 // indirect
)
`}, []string{"go.mod:6:2-17 exact example.com/bad v1.0.0: example.com/bad v1.0.0 has CVE-2026-0001, fixed in 2.0.0"}},
		{"requirements.txt", map[string]string{"requirements.txt": "# bad==1.0.0\nbadger==1.0.0\nBad==1.0.0 ; python_version > '3'\nloose>=1\n"},
			[]string{"requirements.txt:3:1-4 exact Bad 1.0.0: Bad 1.0.0 has CVE-2026-0001, fixed in 2.0.0"}},
		{"poetry.lock", map[string]string{"pyproject.toml": "[tool.poetry]\nname = \"shop\"\n[tool.poetry.dependencies]\ngood = \"*\"\n", "poetry.lock": `[[package]]
name = "good"
version = "1.0.0"
[package.dependencies]
bad = "*"

[[package]]
name = "bad"
version = "1.0.0"
description = ""

[metadata]
lock-version = "2.0"
`}, []string{"poetry.lock:8:9-12 exact bad 1.0.0" + fixed + ", via good"}},
		{"Pipfile.lock", map[string]string{"Pipfile.lock": `{
    "default": {
        "bad": {
            "hashes": [],
            "version": "==1.0.0"
        }
    }
}
`}, []string{"Pipfile.lock:3:10-13 exact bad 1.0.0" + fixed}},
		{"uv.lock", map[string]string{"uv.lock": `version = 1

[[package]]
name = "bad"
version = "1.0.0"
source = { registry = "https://pypi.example/simple" }

[[package]]
name = "good"
version = "1.0.0"
source = { registry = "https://pypi.example/simple" }
dependencies = [{ name = "bad" }]

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "good" }]
`}, []string{"uv.lock:4:9-12 exact bad 1.0.0" + fixed + ", via good"}},
		{"Gemfile.lock", map[string]string{"Gemfile.lock": `GEM
  remote: https://rubygems.example/
  specs:
    bad (1.0.0)
    good (1.0.0)
      bad (>= 1)

DEPENDENCIES
  good
`}, []string{"Gemfile.lock:4:5-8 exact bad 1.0.0" + fixed + ", via good"}},
		{"Cargo.lock", map[string]string{"Cargo.toml": "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n[dependencies]\ngood = \"1\"\n", "Cargo.lock": `version = 3

[[package]]
name = "bad"
version = "1.0.0"

[[package]]
name = "good"
version = "1.0.0"
dependencies = ["bad"]

[[package]]
name = "shop"
version = "0.1.0"
dependencies = ["good"]
`}, []string{"Cargo.lock:4:9-12 exact bad 1.0.0" + fixed + ", via good"}},
		{"pom.xml", map[string]string{"pom.xml": `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.shop</groupId>
  <artifactId>shop</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.bad</groupId>
      <artifactId>bad</artifactId>
      <version>1.0.0</version>
    </dependency>
  </dependencies>
</project>
`}, []string{"pom.xml:9:19-22 exact org.bad:bad 1.0.0: org.bad:bad 1.0.0 has CVE-2026-0001, fixed in 2.0.0"}},
		{"gradle.lockfile", map[string]string{"gradle.lockfile": "# comment\norg.bad:bad:1.0.0=classpath\nempty=\n"},
			[]string{"gradle.lockfile:2:9-12 exact org.bad:bad 1.0.0: org.bad:bad 1.0.0 has CVE-2026-0001, fixed in 2.0.0"}},
		{"packages.lock.json", map[string]string{"packages.lock.json": `{
  "version": 1,
  "dependencies": {
    "net8.0": {
      "Good": {
        "type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0", "contentHash": "x",
        "dependencies": {"Bad": "1.0.0"}
      },
      "Bad": {
        "type": "Transitive", "resolved": "1.0.0", "contentHash": "y"
      }
    }
  }
}
`}, []string{"packages.lock.json:9:8-11 exact Bad 1.0.0: Bad 1.0.0 has CVE-2026-0001, fixed in 2.0.0, via Good"}},
		{"composer.lock", map[string]string{"composer.json": `{"require": {"acme/good": "^1"}}`, "composer.lock": `{
  "packages": [
    {
      "name": "acme/bad",
      "version": "1.0.0"
    },
    {
      "name": "acme/good",
      "version": "1.0.0",
      "require": {"acme/bad": "^1"}
    }
  ]
}
`}, []string{"composer.lock:4:16-24 exact acme/bad 1.0.0: acme/bad 1.0.0 has CVE-2026-0001, fixed in 2.0.0, via acme/good"}},
		{"pubspec.lock", map[string]string{"pubspec.lock": `packages:
  bad:
    dependency: "direct main"
    description: {name: bad, url: "https://pub.example"}
    source: hosted
    version: "1.0.0"
sdks: {dart: ">=3.0.0"}
`}, []string{"pubspec.lock:2:3-6 exact bad 1.0.0" + fixed}},
		{"not of this repository", map[string]string{
			"node_modules/x/package-lock.json": "{", "vendor/x/composer.lock": "[", ".yarn/x/yarn.lock": "x", "docs/go.mod.md": "x",
			"go.mod": "module example.com/shop\n\ngo 1.24\n\nrequire example.com/bad v1.0.0\n",
		}, []string{"go.mod:5:9-24 exact example.com/bad v1.0.0: example.com/bad v1.0.0 has CVE-2026-0001, fixed in 2.0.0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := inWorkspace(t, test.files)
			o.Database.Repository = "dir:" + db
			s, _ := run(t, o)
			if got := places(s); !slices.Equal(got, test.want) || s.Verdict != gate.Failed {
				t.Errorf("%s %s\ngot  %q\nwant %q\nnotes %q", s.Verdict, s.Error, got, test.want, s.Notes)
			}
		})
	}
}
