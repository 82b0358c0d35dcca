package image

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// lockFiles are the files that name the packages of an ecosystem, the most
// exact first.
var lockFiles = map[string][]string{
	"cargo":     {"Cargo.lock", "Cargo.toml"},
	"cocoapods": {"Podfile.lock", "Podfile"},
	"composer":  {"composer.lock", "composer.json"},
	"conan":     {"conan.lock"},
	"erlang":    {"mix.lock", "mix.exs"},
	"go":        {"go.mod"},
	"maven":     {"gradle.lockfile", "pom.xml", "build.gradle", "build.gradle.kts", "build.sbt"},
	"npm":       {"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "package.json"},
	"nuget":     {"packages.lock.json", "packages.config", "Directory.Packages.props"},
	"pip":       {"poetry.lock", "uv.lock", "pylock.toml", "Pipfile.lock", "requirements.txt", "pyproject.toml", "Pipfile"},
	"pub":       {"pubspec.lock", "pubspec.yaml"},
	"rubygems":  {"Gemfile.lock", "Gemfile"},
	"swift":     {"Package.resolved"},
}

// inLockFile finds a language package in a file of the tree: one that is called
// like the file in the image, else one that package tools of the ecosystem
// write. A file that names this version comes before one that names another.
func (a *Attribution) inLockFile(s Subject) (gate.Location, bool) {
	if s.Ecosystem == "" || s.Package == "" {
		return gate.Location{}, false
	}
	candidates := lockFiles[s.Ecosystem]
	if base := path.Base(s.File); slices.Contains(candidates, base) {
		candidates = slices.Concat([]string{base}, candidates)
	}
	var found gate.Location
	for _, base := range candidates {
		for _, file := range a.files {
			if path.Base(file) != base {
				continue
			}
			lines := a.lines(file)
			at, version := packageLine(lines, base, s.Package, s.Version)
			if at.Line == 0 || found.Path != "" && !version {
				continue
			}
			text := []rune(lines[at.Line-1])
			found = gate.Location{Path: file, Range: at, Object: string(text[at.Column-1 : at.EndColumn-1]), Precision: gate.Inferred}
			if version {
				return found, true
			}
		}
	}
	return found, found.Path != ""
}

// lockKey finds the entry of a package in a line of package-lock.json:
// "node_modules/NAME": { since version 2 of the format, "NAME": { before.
func lockKey(line, name string) (start, end int) {
	trimmed := strings.TrimSpace(line)
	key, isObject := strings.CutSuffix(trimmed, "{")
	key, isKey := strings.CutSuffix(strings.TrimSpace(key), ":")
	key = strings.TrimSpace(key)
	if !isObject || !isKey || key != `"`+name+`"` && !strings.HasSuffix(key, `node_modules/`+name+`"`) {
		return 0, 0
	}
	start = strings.Index(line, key)
	return start, start + len(key)
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
