package report

import (
	"cmp"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// location is a place as SARIF writes it. source is the text of its first line.
func (o Options) location(l gate.Location, source string) sarifLocation {
	return sarifLocation{Physical: sarifPhysical{
		Artifact: sarifArtifact{URI: cmp.Or(fileURI(o.repository(l.Path)), "."), URIBaseID: "%SRCROOT%"},
		Region:   region(l.Range, source),
	}}
}

// fileURI is a relative path as a relative URI reference.
func fileURI(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = segment(part)
	}
	return strings.Join(parts, "/")
}

// segment escapes a segment of a path. A colon in the first one would make what
// is before it a scheme.
func segment(s string) string {
	return strings.ReplaceAll(url.PathEscape(s), ":", "%3A")
}

// region converts a range to SARIF's units. A finding on a whole file is on its
// first line; a line without columns is meant whole. The text of the last line
// of a longer range is not known; there, and where a line is a secret, columns
// stay code points, which differ only behind characters outside the basic plane.
func region(r gate.Range, source string) sarifRegion {
	if r.Line < 1 {
		return sarifRegion{StartLine: 1, StartColumn: 1}
	}
	reg := sarifRegion{StartLine: r.Line, StartColumn: units(source, max(r.Column, 1)), EndLine: max(r.EndLine, r.Line)}
	switch {
	case reg.EndLine > reg.StartLine:
		reg.EndColumn = max(r.EndColumn, 0)
	case r.EndColumn > r.Column && r.Column > 0:
		reg.EndColumn = units(source, r.EndColumn)
	case r.Column < 1 && source != "":
		reg.EndColumn = units(source, len([]rune(source))+1)
	}
	return reg
}

// units converts a column from code points to UTF-16 code units. A column
// behind the end of the line keeps its distance from it.
func units(line string, column int) int {
	n := column
	for _, r := range line {
		if column--; column < 1 {
			break
		}
		n += utf16.RuneLen(r) - 1
	}
	return n
}
