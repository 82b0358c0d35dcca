package report

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// What a report of a run that nobody trusts may have at most: more than any run
// shows, and little enough to be read at all.
const (
	foreignStages   = 32
	foreignFindings = 50_000
	foreignImages   = 500
)

// CheckForeign returns why a report of a run that nobody trusts is not shown: it
// names files outside of the repository, is too large, or says of itself what
// cannot be.
func CheckForeign(r gate.Report) error {
	findings, platforms := 0, len(r.Images)
	for _, s := range r.Stages {
		findings += len(s.Findings) + len(s.Failures) + len(s.Notes)
	}
	for _, i := range r.Images {
		platforms += len(i.Platforms)
	}
	if len(r.Stages) > foreignStages || findings > foreignFindings || platforms > foreignImages {
		return fmt.Errorf("%d stages, %d findings and %d images are more than a run has", len(r.Stages), findings, platforms)
	}
	return errors.Join(foreignPaths(r), foreignVerdict(r))
}

// foreignPaths looks for a path that leads out of the repository.
func foreignPaths(r gate.Report) error {
	if c := r.Context; c.Root != "" && !filepath.IsLocal(c.Root) {
		return fmt.Errorf("the workspace %q is not in the repository", c.Root)
	}
	paths := slices.Clone(r.Context.TrustedChanged)
	for _, s := range r.Stages {
		for _, f := range s.Findings {
			paths = append(paths, f.Path)
			if f.Fix != nil {
				paths = append(paths, f.Fix.Path)
			}
		}
		for _, f := range s.Failures {
			paths = append(paths, f.Path)
		}
	}
	for _, p := range paths {
		if p != "" && (path.IsAbs(p) || strings.ContainsAny(p, "\\\x00") || !filepath.IsLocal(path.Join(".", r.Context.Root, p))) {
			return fmt.Errorf("the path %q is not in the repository", p)
		}
	}
	return nil
}

// foreignVerdict holds the verdicts of a report against what it found.
func foreignVerdict(r gate.Report) error {
	passed := 0
	for _, s := range r.Stages {
		blocks := slices.ContainsFunc(s.Findings, func(f gate.Finding) bool { return f.Blocks(r.Threshold) })
		switch {
		case s.Verdict == gate.Passed && (blocks || len(s.Failures) > 0 || s.Error != ""):
			return fmt.Errorf("the stage %q passed with what closes the gate", s.Name)
		case s.Verdict == gate.Passed:
			passed++
		case s.Verdict != gate.Skipped && r.Verdict == gate.Passed:
			return fmt.Errorf("the run passed, the stage %q did not", s.Name)
		}
	}
	if r.Verdict == gate.Passed && passed == 0 {
		return errors.New("the run passed without a stage that did")
	}
	return nil
}

// notVerified is said at the top of a foreign report.
const notVerified = "a run of the change itself wrote this report, and nothing in it was checked again"

// Foreign returns a report of a run that nobody trusts as it may be shown. What
// a run of a change cannot have done, signing, is taken out; concluded is what
// the CI system says of the run, and unless that is "success" the gate was not
// open, whatever the report says.
func Foreign(r gate.Report, concluded string) gate.Report {
	r.Images = slices.Clone(r.Images)
	for i := range r.Images {
		r.Images[i].Signature = nil
	}
	if !open(r) || concluded == "success" {
		return r
	}
	r.Verdict, r.ExitCode = gate.Error, gate.ExitIncomplete
	r.Stages = append(slices.Clone(r.Stages), gate.StageReport{
		Name: "run", Verdict: gate.Error, Findings: []gate.Finding{},
		Failures: []gate.Failure{{Message: fmt.Sprintf("the report says that the gate is open, but its run ended as %q", concluded)}},
	})
	return r
}
