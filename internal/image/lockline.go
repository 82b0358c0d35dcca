package image

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// entryLines is how many lines below a package's name its version may stand.
const entryLines = 6

// packageLine searches a file that people write for the name of a package, with
// the version on the same line or in the same entry. Where only the name is found,
// its first line is returned.
func packageLine(lines []string, base, name, version string) (at gate.Range, exact bool) {
	name = shortName(name)
	version = strings.TrimPrefix(version, "v")
	for i, line := range lines {
		start, end := word(plain(line), name)
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
	return strings.HasPrefix(text, "//") && base != "package.json" ||
		strings.HasPrefix(text, "#") && base != "package.json" || strings.HasPrefix(text, "<!--")
}
