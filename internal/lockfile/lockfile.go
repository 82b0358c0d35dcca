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
type Index struct{ groups map[key]*group }

// A key is what entries are looked up by: a name and perhaps a version of it.
type key struct {
	name, version string
	versions      bool // any version
	plain         bool // the name is as package indexes compare it
}

// keys are those of a version of a package: as the name is written, then as it is
// compared.
func keys(name, version string, versions bool) [2]key {
	version = strings.TrimPrefix(version, "v")
	return [2]key{
		{name: name, version: version, versions: versions},
		{name: plain(name), version: version, versions: versions, plain: true},
	}
}

// A group is all entries of a key: in the order of the file, and by line.
type group struct {
	first  *Entry
	byLine []*Entry
}

// near returns the entry that begins soonest behind a line, else the last one; of
// any line, if it is 0, the first.
func (g *group) near(line int) Entry {
	if line < 1 {
		return *g.first
	}
	i, _ := slices.BinarySearchFunc(g.byLine, line, func(e *Entry, line int) int { return cmp.Compare(e.At.Line, line) })
	return *g.byLine[min(i, len(g.byLine)-1)]
}

// Read reads a file of the given name. It takes time in proportion to the text.
func Read(name string, text []byte) *Index {
	x := &Index{groups: map[key]*group{}}
	read := readerOf(name)
	if read == nil {
		return x
	}
	entries := read(text)
	for i := range entries {
		e := &entries[i]
		for _, versions := range []bool{false, true} {
			version := e.Version
			if versions {
				version = ""
			}
			for _, k := range keys(e.Name, version, versions) {
				x.add(k, e)
			}
		}
	}
	for _, g := range x.groups {
		slices.SortStableFunc(g.byLine, func(a, b *Entry) int { return cmp.Compare(a.At.Line, b.At.Line) })
	}
	return x
}

func (x *Index) add(k key, e *Entry) {
	g := x.groups[k]
	if g == nil {
		g = &group{first: e}
		x.groups[k] = g
	}
	g.byLine = append(g.byLine, e)
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

// entry looks for the entry of a version, then for one of which the file does not
// say the version, then for another version. It does so in the time of a few
// look-ups, however often a file has a name.
func (x *Index) entry(name, version string, first int) (found Entry, exact bool) {
	if g := x.group(name, version, false); g != nil {
		return g.near(first), true
	}
	if g := x.group(name, "", false); g != nil {
		return g.near(first), true
	}
	g := x.group(name, "", true)
	if g == nil {
		return Entry{}, false
	}
	if e := g.near(first); first > 0 && e.At.Line >= first && e.At.Line <= first+2 {
		return e, true
	}
	return *g.first, version == ""
}

// group returns the entries with exactly this name; where there are none, those
// that indexes of packages do not tell from it.
func (x *Index) group(name, version string, versions bool) *group {
	if x == nil {
		return nil
	}
	for _, k := range keys(name, version, versions) {
		if g := x.groups[k]; g != nil {
			return g
		}
	}
	return nil
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
