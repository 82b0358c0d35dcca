package report

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// An Annotation is a remark for a line of the change. Its strings hold no
// character that a reader cannot see.
type Annotation struct {
	Level   string // error, warning or notice; an error closes the gate
	Title   string
	Message string
	Path    string // relative to the root of the repository; "": it has no place
	gate.Range
}

// Annotations returns the annotations of a report for a place that has room for
// many, those first that help a reviewer most: errors, then warnings, then
// notices.
func Annotations(r gate.Report, o Options) []Annotation {
	found := o.annotations(r)
	var all []Annotation
	for _, l := range []level{levelError, levelWarning, levelNotice} {
		for _, a := range found[l] {
			all = append(all, Annotation{
				Level: string(l), Title: Terminal(a.title), Message: strings.Join(lines(a.message), "\n"),
				Path: o.repository(a.place.Path), Range: o.atHead(a.place).Range,
			})
		}
	}
	return all
}

// Headline is the verdict of a report in one line of plain text.
func Headline(r gate.Report) string {
	return "gate " + outcome(r) + ": " + conclusion(r, standings(r), Terminal)
}
