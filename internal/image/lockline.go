package image

import (
	"path"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// entryLines is how many lines below a package's name its version may stand.
const entryLines = 6

// PackageLine returns the line of a lock file that names a version of a package.
// first, unless it is 0, is the line where its entry begins, as a parser of the
// format knows it. exact is false where no line names this version: the range is
// then that of another version, or nothing.
func PackageLine(tree *workspace.Tree, file string, first int, name, version string) (at gate.Range, exact bool) {
	lines := make([]string, tree.Lines(file))
	for i := range lines {
		lines[i] = tree.Line(file, i+1)
	}
	if first < 1 || first > len(lines) {
		return packageLine(lines, path.Base(file), name, version)
	}
	find := finder(path.Base(file), shortName(name))
	for i := first; i <= min(len(lines), first+2); i++ {
		if start, end := find(lines[i-1]); start < end {
			return span(i, lines[i-1], start, end), true
		}
	}
	return gate.Range{Line: first}, true
}

// packageLine searches for the name of a package, with the version on the same
// line or in the same entry. Where only the name is found, its first line is
// returned.
func packageLine(lines []string, base, name, version string) (at gate.Range, exact bool) {
	name = shortName(name)
	find := finder(base, name)
	version = strings.TrimPrefix(version, "v")
	for i, line := range lines {
		start, end := find(line)
		if start == end || isComment(base, line) {
			continue
		}
		if version != "" && hasVersion(lines[i:], end, version) {
			return span(i+1, line, start, end), true
		}
		if at.Line == 0 {
			at = span(i+1, line, start, end)
		}
	}
	return at, false
}

// finder returns the function that finds a name in a line of a format.
func finder(base, name string) func(line string) (start, end int) {
	switch base {
	case "package-lock.json", "npm-shrinkwrap.json":
		return func(line string) (start, end int) { return lockKey(line, name) }
	case "pnpm-lock.yaml": // the keys of its packages: /NAME@VERSION, before that /NAME/VERSION
		return func(line string) (start, end int) {
			rest := strings.TrimLeft(line, " '/")
			if start = len(line) - len(rest); start == 0 || !strings.HasPrefix(rest, name) || !strings.ContainsRune("@/", rune((rest[len(name):] + " ")[0])) {
				return 0, 0
			}
			return start, start + len(name)
		}
	}
	return func(line string) (start, end int) { return word(plain(line), name) }
}

// hasVersion reports whether a version stands behind the name that ends at a
// byte of the first line, or below it in the same entry.
func hasVersion(lines []string, end int, version string) bool {
	if start, stop := word(versions.Replace(lines[0][end:]), version); start < stop {
		return true
	}
	for _, line := range lines[1:min(len(lines), entryLines+1)] {
		text := strings.TrimSpace(line)
		if text == "" || strings.HasPrefix(text, "[[") || strings.HasPrefix(text, "}") {
			return false
		}
		key, value, ok := strings.Cut(strings.NewReplacer("=", ":", "<", "", ">", ":").Replace(text), ":")
		if !ok {
			key, value, _ = strings.Cut(text, " ")
		}
		if strings.Trim(key, `" `) != "version" {
			continue
		}
		start, stop := word(versions.Replace(value), version)
		return start < stop
	}
	return false
}

// versions puts a blank in front of what may stand directly before a version.
var versions = strings.NewReplacer("v", " ", "@", " ", "/", " ", "(", " ", ")", " ", ":", " ", "=", " ")

// shortName is the name as lock files have it: Maven writes group:artifact in two
// elements.
func shortName(name string) string { return plain(name[strings.LastIndex(name, ":")+1:]) }

// plain writes a name as package indexes compare it, byte for byte as long.
func plain(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			b[i] = c - 'A' + 'a'
		case c == '_':
			b[i] = '-'
		}
	}
	return string(b)
}

func isComment(base, line string) bool {
	text := strings.TrimSpace(line)
	return strings.HasPrefix(text, "//") && base == "go.mod" ||
		strings.HasPrefix(text, "#") && base != "package-lock.json" || strings.HasPrefix(text, "<!--")
}
