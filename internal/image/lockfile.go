package image

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/lockfile"
)

// lockFiles are the files that name the packages of an ecosystem, the most
// exact first.
var lockFiles = map[string][]string{
	"cargo":     {"Cargo.lock", "Cargo.toml"},
	"cocoapods": {"Podfile.lock", "Podfile"},
	"composer":  {"composer.lock", "composer.json"},
	"conan":     {"conan.lock"},
	"conda":     {"environment.yml", "environment.yaml"},
	"erlang":    {"mix.lock", "mix.exs"},
	"go":        {"go.mod"},
	"julia":     {"Manifest.toml", "Project.toml"},
	"maven":     {"gradle.lockfile", "build.sbt.lock", "pom.xml", "build.gradle", "build.gradle.kts", "build.sbt"},
	"npm":       {"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "package.json"},
	"nuget":     {"packages.lock.json", "packages.config", "Directory.Packages.props"},
	"pip":       {"poetry.lock", "uv.lock", "pylock.toml", "Pipfile.lock", "requirements.txt", "pyproject.toml", "Pipfile"},
	"pub":       {"pubspec.lock", "pubspec.yaml"},
	"rubygems":  {"Gemfile.lock", "Gemfile"},
	"swift":     {"Package.resolved"},
}

// inLockFile finds a language package in a file of the tree: one that is called
// like the file in the image, else one that package tools of the ecosystem
// write. A file that names this version comes before one that names another; a
// lock that has another version did not bring this one, where it is known which
// instruction brought it.
func (a *Attribution) inLockFile(s Subject) (gate.Location, bool) {
	if s.Ecosystem == "" || s.Package == "" {
		return gate.Location{}, false
	}
	candidates := lockFiles[s.Ecosystem]
	if base := path.Base(s.File); slices.Contains(candidates, base) && isLock(base) {
		candidates = slices.Concat([]string{base}, candidates)
	}
	var found gate.Location
	elsewhere := false
	for _, base := range candidates {
		for _, file := range a.files {
			if path.Base(file) != base {
				continue
			}
			at, object, version := a.packagePlace(file, s)
			if at.Line == 0 || found.Path != "" && !version {
				continue
			}
			elsewhere = elsewhere || !version && isLock(base)
			found = gate.Location{Path: file, Range: at, Object: object, Precision: gate.Inferred}
			if version {
				return found, true
			}
		}
	}
	if elsewhere && s.Origin.Path != "" && !s.Origin.Inherited {
		return gate.Location{}, false
	}
	return found, found.Path != ""
}

// packagePlace is where a file names a package, and what stands there.
func (a *Attribution) packagePlace(file string, s Subject) (at gate.Range, object string, version bool) {
	lines := a.lines(file)
	if lockfile.Known(file) {
		at, version = a.locks.Index(file).Find(s.Package, s.Version, 0)
	} else {
		at, version = packageLine(lines, path.Base(file), s.Package, s.Version)
	}
	if at.Line < 1 || at.Line > len(lines) {
		return gate.Range{}, "", false
	}
	text := []rune(lines[at.Line-1])
	from := min(max(at.Column-1, 0), len(text))
	return at, string(text[from:max(from, min(at.EndColumn-1, len(text)))]), version
}

// word finds name where it is not a part of a longer name.
func word(line, name string) (start, end int) {
	for from := 0; ; {
		i := strings.Index(line[from:], name)
		if i < 0 {
			return 0, 0
		}
		start, end = from+i, from+i+len(name)
		before, _ := utf8.DecodeLastRuneInString(line[:start])
		after, _ := utf8.DecodeRuneInString(line[end:])
		if !inName(before) && (after == '@' || !inName(after)) {
			return start, end
		}
		from = end
	}
}

// inName reports whether a package name may go on with r.
func inName(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./@", r)
}

// isLock reports whether a file names the one version of each package that is
// installed, and not which ones would do.
func isLock(base string) bool {
	return strings.Contains(strings.ToLower(base), "lock") ||
		slices.Contains([]string{"go.mod", "npm-shrinkwrap.json", "packages.config", "Package.resolved"}, base)
}
