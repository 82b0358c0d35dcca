package waiver

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A fault is why a waiver has no effect.
type fault struct{ key, message, hint string }

// check returns why a waiver has no effect on a day, the first reason first; none
// if it is in force. Mandatory are rules that nobody may waive.
func (w Waiver) check(today time.Time, mandatory []string) []fault {
	var faults []fault
	for _, f := range slices.Concat(w.checkRule(mandatory), w.checkScope(), w.checkWords(), w.checkDays(today)) {
		if f.message != "" {
			faults = append(faults, f)
		}
	}
	return faults
}

func (w Waiver) checkRule(mandatory []string) []fault {
	switch {
	case w.Rule == "":
		return []fault{{message: "has no rule", hint: "name one rule, such as DL3008 or CVE-2024-1234"}}
	case strings.ContainsAny(w.Rule, "*? \t\n"):
		return []fault{{key: "rule", message: fmt.Sprintf("names no rule: %q", w.Rule), hint: "a waiver is for one rule by its id: write a waiver for each"}}
	case slices.Contains(mandatory, w.Rule):
		return []fault{{key: "rule", message: "is for a rule that dockerfile.mandatory lets nobody waive", hint: "mend what it finds, or remove one of the two"}}
	}
	return nil
}

const narrow = "name files or folders by paths, images by digest, or packages with their version"

// checkScope refuses scopes that are none.
func (w Waiver) checkScope() []fault {
	if len(w.Paths)+len(w.Images)+len(w.Packages) == 0 {
		return []fault{{message: "has no scope", hint: narrow}}
	}
	var faults []fault
	for _, p := range w.Paths {
		faults = append(faults, fault{key: "paths", message: checkPath(p), hint: "begin with the name of a folder or a file, such as deploy/legacy/**"})
	}
	for _, image := range w.Images {
		if !imageDigest.MatchString(image) {
			faults = append(faults, fault{key: "images", message: fmt.Sprintf("names an image without its digest: %q", image), hint: "write NAME@sha256:DIGEST or sha256:DIGEST"})
		}
	}
	for _, p := range w.Packages {
		faults = append(faults, p.check())
	}
	return faults
}

// check returns why a package is none, or a fault without a message.
func (p Package) check() fault {
	name, version := p.Name, p.Version
	if p.PURL != "" {
		name, version, _ = cutVersion(plainPURL(p.PURL))
	}
	switch {
	case p.PURL != "" && p.Name+p.Version != "":
		return fault{key: "packages", message: fmt.Sprintf("names a package twice: %q and %q", p.PURL, p.Name), hint: "keep the purl, or name and version"}
	case strings.TrimSpace(name) == "" || strings.Contains(name, "*") || p.PURL != "" && !strings.HasPrefix(name, "pkg:"):
		return fault{key: "packages", message: fmt.Sprintf("names no package: %q", name), hint: "write {name: openssl, version: 3.0.1} or {purl: \"pkg:npm/lodash@4.17.20\"}"}
	case strings.TrimSpace(version) == "" || strings.Contains(version, "*"):
		return fault{key: "packages", message: fmt.Sprintf("has no version of the package %q", name), hint: "write the version that is installed: the next one may be worse"}
	}
	return fault{}
}

var imageDigest = regexp.MustCompile(`^([^@\s*?]+@)?sha256:[0-9a-f]{64}$`)

// checkPath says why a pattern is no narrow one, or returns "". The first name
// of a path has to be a name: what follows is then below one folder.
func checkPath(pattern string) string {
	if err := workspace.ValidPatterns([]string{pattern}); err != nil {
		return "has an " + err.Error()
	}
	rest := path.Clean(pattern)
	for strings.HasPrefix(rest, "../") { // the workflows of a workspace in a folder are above it
		rest = rest[len("../"):]
	}
	first, _, _ := strings.Cut(rest, "/")
	switch {
	case strings.TrimSpace(pattern) == "" || path.IsAbs(pattern):
		return fmt.Sprintf("names no path of the workspace: %q", pattern)
	case first == "." || first == ".." || strings.ContainsAny(first, `*?[]{}\`):
		return fmt.Sprintf("is for too much: the path %q could be anywhere", pattern)
	}
	return ""
}

// checkWords asks for who and why.
func (w Waiver) checkWords() []fault {
	var faults []fault
	if strings.TrimSpace(w.Reason) == "" {
		faults = append(faults, fault{key: "reason", message: "has no reason", hint: "say why what it finds does no harm, or why it has to wait"})
	}
	if strings.TrimSpace(w.Owner) == "" {
		faults = append(faults, fault{key: "owner", message: "has no owner", hint: "say who answers for it, such as \"@acme/platform\""})
	}
	return faults
}

// checkDays holds the days of a waiver against today.
func (w Waiver) checkDays(today time.Time) []fault {
	if w.Expires == "" {
		return []fault{{message: "never ends", hint: fmt.Sprintf("write expires: and a date, at most %d days on", MaxDays)}}
	}
	last, err := day(w.Expires)
	if err != nil {
		return []fault{{key: "expires", message: fmt.Sprintf("has no date: %q", w.Expires), hint: "write a date as " + today.Format(time.DateOnly)}}
	}
	first := today
	if w.From != "" {
		if first, err = day(w.From); err != nil {
			return []fault{{key: "from", message: fmt.Sprintf("has no date: %q", w.From), hint: "write a date as " + today.Format(time.DateOnly)}}
		}
	}
	switch {
	case last.Before(today):
		return []fault{{
			key: "expires", message: fmt.Sprintf("expired %s ago, on %s", counted(days(last, today)), w.Expires),
			hint: "mend what it finds and remove it, or decide again and write a new date",
		}}
	case last.Before(first):
		return []fault{{key: "expires", message: "ends before it begins", hint: "exchange from and expires"}}
	case days(first, last) > MaxDays:
		return []fault{{
			key: "expires", message: fmt.Sprintf("lasts too long: until %s, %s", w.Expires, counted(days(first, last))),
			hint: fmt.Sprintf("write a date at most %d days on: %s or before", MaxDays, first.AddDate(0, 0, MaxDays).Format(time.DateOnly)),
		}}
	case first.After(today):
		return []fault{{
			key: "from", message: fmt.Sprintf("is not valid before %s, in %s", w.From, counted(days(today, first))),
			hint: "leave it out until then",
		}}
	}
	return nil
}

// failure is a fault as a report holds it.
func (w Waiver) failure(f fault) error {
	return &gate.CheckError{Location: w.place(f.key), Err: errors.New(w.String() + " " + f.message), Hint: f.hint}
}

// same reports whether two waivers are for the same rule and scope.
func same(a, b Waiver) bool {
	sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
	byName := func(w Waiver) []Package {
		return slices.SortedFunc(slices.Values(w.Packages), func(a, b Package) int {
			return strings.Compare(a.PURL+"\x00"+a.Name+"\x00"+a.Version, b.PURL+"\x00"+b.Name+"\x00"+b.Version)
		})
	}
	return a.Rule == b.Rule && slices.Equal(sorted(a.Paths), sorted(b.Paths)) &&
		slices.Equal(sorted(a.Images), sorted(b.Images)) && slices.Equal(byName(a), byName(b))
}
