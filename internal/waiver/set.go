package waiver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// Name is the name of the stage by which a [Set] reports.
const Name = "waivers"

// Options are what a set of waivers is made of.
type Options struct {
	File    string // as reports name it
	Digest  string // of its bytes
	Waivers []Waiver
	// Err is what is wrong with the file as a whole: no waiver is in force.
	Err error
	// Now says which day it is.
	Now time.Time
	// Mandatory are rules that nobody may waive.
	Mandatory []string
}

// A Set is the waivers of a run. It is a stage as well, the last one before
// signing: an error if a waiver has no effect, with notes on those that end soon
// or waive nothing. Its methods are for one goroutine at a time.
type Set struct {
	options Options
	today   time.Time
	errs    []error
	entries []*entry // those in force, in the order of the file
	byRule  map[string][]*entry
	ran     map[string]gate.Verdict
}

// An entry is a waiver in force and what became of it.
type entry struct {
	Waiver
	used  bool
	notes []string
}

// New checks waivers and returns those that are in force.
func New(o Options) *Set {
	s := &Set{options: o, today: o.Now.UTC().Truncate(24 * time.Hour), byRule: map[string][]*entry{}, ran: map[string]gate.Verdict{}}
	if o.Err != nil {
		s.errs = []error{o.Err}
		return s
	}
	for i, w := range o.Waivers {
		faults := w.check(s.today, o.Mandatory)
		if first := slices.IndexFunc(o.Waivers[:i], func(earlier Waiver) bool { return same(earlier, w) }); first >= 0 && w.Rule != "" {
			faults = append(faults, fault{key: "rule", message: fmt.Sprintf("is there twice: line %d has it already", o.Waivers[first].At.Line), hint: "keep one"})
		}
		for _, f := range faults {
			s.errs = append(s.errs, w.failure(f))
		}
		if len(faults) == 0 {
			e := &entry{Waiver: w}
			s.entries = append(s.entries, e)
			s.byRule[w.Rule] = append(s.byRule[w.Rule], e)
		}
	}
	return s
}

// Waive returns the waiver under which a finding of a stage does not count, nil
// if it counts.
func (s *Set) Waive(_ string, f gate.Finding, images []gate.Image) *gate.Waiver {
	var given *gate.Waiver
	for _, e := range s.byRule[f.Rule] {
		covered := e.covers(f, images)
		if len(covered.without) > 0 {
			e.note("%s is not enough for %s: it does not name %s", e, place(f), strings.Join(covered.without, ", "))
		}
		e.used = e.used || covered.all
		if covered.all && given == nil {
			given = e.given()
		}
	}
	return given
}

// place says where a finding is.
func place(f gate.Finding) string {
	if f.Path == "" {
		return "the finding in " + f.Image
	}
	return "the finding at " + f.String()
}

// note keeps a note on a waiver, each one once.
func (e *entry) note(format string, args ...any) {
	text := e.At.String() + ": " + fmt.Sprintf(format, args...)
	if !slices.Contains(e.notes, text) {
		e.notes = append(e.notes, text)
	}
}

// Finished takes note of a stage that has run.
func (s *Set) Finished(r gate.StageReport) {
	s.ran[r.Name] = r.Verdict
	type where struct {
		path, rule string
		line       int
	}
	if !slices.ContainsFunc(r.Findings, func(f gate.Finding) bool { return len(f.Also) > 0 && s.under(f) != nil }) {
		return
	}
	loud := map[where]bool{} // what counts
	for _, f := range r.Findings {
		if f.Status != gate.Waived {
			loud[where{path: f.Path, line: f.Line, rule: f.Rule}] = true
		}
	}
	for _, f := range r.Findings {
		e := s.under(f)
		if e == nil {
			continue
		}
		for _, rule := range f.Also {
			if loud[where{path: f.Path, line: f.Line, rule: rule}] {
				e.note("%s is not enough for %s: %s says the same and is not waived", e, place(f), rule)
			}
		}
	}
}

// under returns the waiver that a finding is under, nil if there is none.
func (s *Set) under(f gate.Finding) *entry {
	if f.Status != gate.Waived || f.Waiver == nil {
		return nil
	}
	i := slices.IndexFunc(s.byRule[f.Rule], func(e *entry) bool { return *e.given() == *f.Waiver })
	if i < 0 {
		return nil
	}
	return s.byRule[f.Rule][i]
}

// Name returns the name of the stage.
func (s *Set) Name() string { return Name }

// Run says what is to be said of the waivers once every stage has run. That they
// are in order is no check of anything: without another stage that checked
// something there is no verdict.
func (s *Set) Run(context.Context) (gate.Result, error) {
	res := gate.Result{
		Checked:    gate.Checked{Files: 1, Rules: len(s.entries)},
		Provenance: gate.Provenance{Waivers: &gate.Config{Digest: s.options.Digest, Source: s.options.File}},
	}
	switch {
	case len(s.errs) > 0:
	case len(s.options.Waivers) == 0:
		res.Skip = s.options.File + " has no waivers"
	case !s.checked():
		res.Skip = "no stage checked anything"
	}
	for _, e := range s.entries {
		res.Notes = append(res.Notes, s.remarks(e)...)
	}
	return res, errors.Join(s.errs...)
}

// checked reports whether a stage came to a verdict.
func (s *Set) checked() bool {
	for _, v := range s.ran {
		if v != gate.Skipped {
			return true
		}
	}
	return false
}

// remarks are the notes on a waiver in force.
func (s *Set) remarks(e *entry) []string {
	notes := e.notes
	last, _ := day(e.Expires) // checked
	switch left := days(s.today, last); {
	case left == 0:
		notes = append(notes, fmt.Sprintf("%s: %s ends today: %s decides again", e.At, e, e.Owner))
	case left <= soon:
		notes = append(notes, fmt.Sprintf("%s: %s ends in %s, on %s: %s decides again", e.At, e, counted(left), e.Expires, e.Owner))
	}
	if !e.used && s.complete(e.Waiver) {
		notes = append(notes, fmt.Sprintf("%s: %s waives nothing: remove it if this stays so", e.At, e))
	}
	return notes
}

// complete reports whether the stages that might find what a waiver is for could
// check everything. An import may have findings of any rule.
func (s *Set) complete(w Waiver) bool {
	done := func(stage string) bool { return s.ran[stage] == gate.Passed || s.ran[stage] == gate.Failed }
	if _, ran := s.ran["import"]; ran && !done("import") {
		return false
	}
	return !slices.ContainsFunc(homes(w), func(stage string) bool { return !done(stage) })
}

// homes are the stages that find what a waiver is for, as its rule's id says; all
// that could, for ids that people choose.
func homes(w Waiver) []string {
	for _, known := range []struct {
		stage    string
		prefixes []string
	}{
		{stage: "dockerfile", prefixes: []string{"DL", "SC", "PC6", "build/"}},
		{stage: "workflow", prefixes: []string{"PC7"}},
		{stage: "policy", prefixes: []string{"PC", "pss/", "gatekeeper/", "rego/"}},
		{stage: "scan", prefixes: []string{"CVE-", "GHSA-", "secret/", "license/", "scan/"}},
	} {
		for _, prefix := range known.prefixes {
			if strings.HasPrefix(w.Rule, prefix) {
				return []string{known.stage}
			}
		}
	}
	if len(w.Images)+len(w.Packages) > 0 {
		return []string{"scan"}
	}
	return []string{"policy", "dockerfile", "scan"}
}
