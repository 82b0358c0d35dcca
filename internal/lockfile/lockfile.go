// Package lockfile finds the places of packages in the files by which package
// tools say which versions are used. It knows where a name stands and not what is
// wrong with a file: whoever needs the packages reads them with a parser of the
// format, and asks here for their lines.
package lockfile

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// An Entry is where a file names a version of a package.
type Entry struct {
	Name    string
	Version string // "": the file does not say
	At      gate.Range
	// Needs are what the package needs, NAME or "NAME VERSION", where parsers of the
	// format leave that out.
	Needs []string
}

// A reader finds the entries of a format. It returns none where it cannot read
// the text.
type reader func(text []byte) []Entry

var readers = map[string]reader{
	"Cargo.lock":          tables,
	"Gemfile.lock":        gems,
	"Manifest.toml":       julia,
	"Package.resolved":    asJSON(swift),
	"Pipfile.lock":        asJSON(pipenv),
	"Podfile.lock":        asYAML(pods),
	"build.sbt.lock":      asJSON(sbt),
	"bun.lock":            asJSON(bun),
	"composer.lock":       asJSON(composer),
	"conan.lock":          asJSON(conan),
	"environment.yaml":    asYAML(conda),
	"environment.yml":     asYAML(conda),
	"go.mod":              modules,
	"mix.lock":            mix,
	"npm-shrinkwrap.json": asJSON(npm),
	"package-lock.json":   asJSON(npm),
	"packages.config":     asXML(nugetConfig),
	"packages.lock.json":  asJSON(nugetLock),
	"pnpm-lock.yaml":      asYAML(pnpm),
	"poetry.lock":         tables,
	"pom.xml":             asXML(maven),
	"pubspec.lock":        asYAML(pub),
	"requirements.txt":    requirements,
	"uv.lock":             tables,
	"yarn.lock":           yarn,
}

// readerOf returns the reader of a file by its name; nil for none.
func readerOf(name string) reader {
	base := path.Base(name)
	lower := strings.ToLower(base)
	switch {
	case readers[base] != nil:
		return readers[base]
	case strings.HasSuffix(base, "gradle.lockfile"):
		return gradle
	case strings.HasSuffix(base, ".deps.json"):
		return asJSON(dotnet)
	case strings.HasSuffix(lower, "packages.props"):
		return asXML(nugetProps)
	case strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml"):
		return tables
	}
	return nil
}

// Known reports whether a file is called like one whose format is known.
func Known(name string) bool { return readerOf(name) != nil }

// An Index has the entries of one file. Nil has none.
type Index struct {
	byName    map[string][]Entry
	byVersion map[release][]Entry
}

// A release is a version of a package, as it is compared.
type release struct{ name, version string }

func releaseOf(name, version string) release {
	return release{name: plain(name), version: strings.TrimPrefix(version, "v")}
}

// Read reads a file of the given name. It takes time in proportion to the text.
func Read(name string, text []byte) *Index {
	x := &Index{byName: map[string][]Entry{}, byVersion: map[release][]Entry{}}
	read := readerOf(name)
	if read == nil {
		return x
	}
	for _, e := range read(text) {
		key := releaseOf(e.Name, e.Version)
		x.byName[key.name] = append(x.byName[key.name], e)
		x.byVersion[key] = append(x.byVersion[key], e)
	}
	return x
}

// Find returns the place of a version of a package. first, unless it is 0, is the
// line where its entry begins, as a parser of the format knows it. exact is false
// where nothing says that this version is meant: the range is then that of another
// version, or nothing.
func (x *Index) Find(name, version string, first int) (at gate.Range, exact bool) {
	e, exact := x.entry(name, version, first)
	switch {
	case e.At.Line == 0 && first > 0, first > 0 && !exact:
		return gate.Range{Line: first}, true // the parser has read this entry
	}
	return e.At, exact
}

// Needs returns what a version of a package needs, where [Entry.Needs] has it.
func (x *Index) Needs(name, version string) []string {
	e, exact := x.entry(name, version, 0)
	if !exact {
		return nil
	}
	return e.Needs
}

func (x *Index) entry(name, version string, first int) (found Entry, exact bool) {
	if x == nil {
		return Entry{}, false
	}
	matching := called(x.byVersion[releaseOf(name, version)], name)
	if len(matching) == 0 {
		matching = called(x.byVersion[releaseOf(name, "")], name) // the file does not say which
	}
	if len(matching) == 0 {
		all := called(x.byName[plain(name)], name)
		near := slices.IndexFunc(all, func(e Entry) bool { return first > 0 && e.At.Line >= first && e.At.Line <= first+2 })
		switch {
		case len(all) == 0:
			return Entry{}, false
		case near >= 0:
			return all[near], true
		}
		return all[0], version == ""
	}
	return slices.MinFunc(matching, func(a, b Entry) int { return cmp.Compare(behind(a, first), behind(b, first)) }), true
}

// called returns the entries with exactly this name; where there are none, all of
// them: indexes of packages do not tell some characters apart.
func called(entries []Entry, name string) []Entry {
	var same []Entry
	for _, e := range entries {
		if e.Name == name {
			same = append(same, e)
		}
	}
	if len(same) == 0 {
		return entries
	}
	return same
}

// behind is how far an entry is from the line where it should begin; entries
// before that line come last.
func behind(e Entry, first int) int {
	switch {
	case first < 1:
		return 0
	case e.At.Line < first:
		return 1<<30 - e.At.Line
	}
	return e.At.Line - first
}

// plain writes a name as package indexes compare it.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '.' {
			return '-'
		}
		return r
	}, strings.ToLower(name))
}

// lines calls each for every line of a text, numbered from 1, without its line
// break.
func lines(text []byte, each func(n int, line string)) {
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		n++
		each(n, strings.TrimSuffix(line, "\r"))
	}
}

// span is the range of some bytes of a line, in characters.
func span(n int, line string, start, end int) gate.Range {
	column := utf8.RuneCountInString(line[:start]) + 1
	return gate.Range{Line: n, Column: column, EndLine: n, EndColumn: column + utf8.RuneCountInString(line[start:end])}
}
