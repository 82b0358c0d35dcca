// Package waiver decides which findings do not count although they reach the
// threshold: because a file that the change under review cannot touch says so of
// one rule and of a narrow scope, with a reason, an owner and a last day.
package waiver

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// MaxDays is how many days a waiver may hold. What is still right after a year is
// decided again.
const MaxDays = 366

// soon is how many days before its last one a waiver is announced to end.
const soon = 14

// A Waiver is an entry of the file, as it was read. Nothing in it is checked
// before [New].
type Waiver struct {
	Rule     string
	Paths    []string  // patterns of files of the workspace
	Images   []string  // digests, each after the name of its image and "@" or alone
	Packages []Package // all packages of a finding have to be among them
	Reason   string
	Owner    string
	From     string // the first day on which it holds; "": it holds already
	Expires  string // the last day on which it holds
	// At is where it stands in the file, Keys where the values of its keys stand.
	At   gate.Location
	Keys map[string]gate.Range
}

// A Package is a package in one version: by its package URL, or by name and
// version.
type Package struct{ PURL, Name, Version string }

// is reports whether it is the package of a finding. Qualifiers of a package URL
// say where it comes from and not what it is.
func (p Package) is(found gate.Package) bool {
	if p.PURL != "" {
		return plainPURL(p.PURL) == plainPURL(found.PURL)
	}
	return p.Name == found.Name && p.Version == found.Installed
}

// near reports whether it is the package in this version or another.
func (p Package) near(found gate.Package) bool {
	if p.PURL != "" {
		ours, _, _ := cutVersion(plainPURL(p.PURL))
		theirs, _, _ := cutVersion(plainPURL(found.PURL))
		return ours == theirs
	}
	return p.Name == found.Name
}

// plainPURL is a package URL without qualifiers and with all characters as they
// are.
func plainPURL(purl string) string {
	if i := strings.IndexAny(purl, "?#"); i >= 0 {
		purl = purl[:i]
	}
	if plain, err := url.PathUnescape(purl); err == nil {
		return plain
	}
	return purl
}

// cutVersion splits a package URL into package and version. A name may have an @
// in it, before a slash.
func cutVersion(purl string) (name, version string, ok bool) {
	i := strings.LastIndex(purl, "@")
	if i < 0 || i < strings.LastIndex(purl, "/") {
		return purl, "", false
	}
	return purl[:i], purl[i+1:], true
}

// String says which waiver it is.
func (w Waiver) String() string {
	if w.Rule == "" {
		return "the waiver"
	}
	return "the waiver of " + w.Rule
}

// place is where the value of a key stands, or where the waiver begins.
func (w Waiver) place(key string) gate.Location {
	at := w.At
	if r, ok := w.Keys[key]; ok {
		at.Range = r
	}
	return at
}

// given is the waiver as a report holds it.
func (w Waiver) given() *gate.Waiver {
	return &gate.Waiver{Justification: w.Reason, Source: w.At.Path, Line: w.At.Line, Owner: w.Owner, Expires: w.Expires}
}

// day reads a date: midnight of its day in UTC.
func day(date string) (time.Time, error) { return time.Parse(time.DateOnly, date) }

// days counts the days from one to another. Both are midnights.
func days(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) }

// counted writes a number of days.
func counted(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
