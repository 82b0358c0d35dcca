package gate

import (
	"cmp"
	"fmt"
)

// A Range is a place in a text file. Lines and columns count from 1; zero
// means not known. Columns count Unicode code points, so that a column is what
// a person counts on the screen; a format that wants another unit converts at
// its edge. EndLine is the last line of the range; EndColumn is the column
// after its last character.
type Range struct {
	Line      int `json:"line,omitempty"`
	Column    int `json:"column,omitempty"`
	EndLine   int `json:"endLine,omitempty"`
	EndColumn int `json:"endColumn,omitempty"`
}

// Compare orders ranges by where they start, then by where they end.
func (r Range) Compare(o Range) int {
	return cmp.Or(
		cmp.Compare(r.Line, o.Line),
		cmp.Compare(r.Column, o.Column),
		cmp.Compare(r.EndLine, o.EndLine),
		cmp.Compare(r.EndColumn, o.EndColumn),
	)
}

// Precision says how sure a location is.
type Precision uint8

// The precisions, most certain first.
const (
	Exact    Precision = iota // the place at fault
	Inferred                  // derived from what the rule read; nearly always the place
	Fallback                  // the nearest place that is known
)

var precisionNames = []string{"exact", "inferred", "fallback"}

// String returns the lower-case name.
func (p Precision) String() string { return name(precisionNames, p) }

// MarshalText returns [Precision.String].
func (p Precision) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is the inverse of [Precision.MarshalText].
func (p *Precision) UnmarshalText(b []byte) error {
	i, err := parse("precision", precisionNames, string(b))
	*p = Precision(i)
	return err
}

// A Location is a place in the repository and what stands there.
type Location struct {
	// Path is slash-separated and relative to the workspace root.
	Path string `json:"path"`
	Range
	// Object names what is at fault inside Path: "Deployment/shop/web",
	// "FROM ubuntu:latest", "libssl3 3.1.0-r1".
	Object    string    `json:"object,omitempty"`
	Precision Precision `json:"precision"`
}

// String returns path:line:column, as far as they are known.
func (l Location) String() string {
	switch {
	case l.Line == 0:
		return l.Path
	case l.Column == 0:
		return fmt.Sprintf("%s:%d", l.Path, l.Line)
	}
	return fmt.Sprintf("%s:%d:%d", l.Path, l.Line, l.Column)
}
