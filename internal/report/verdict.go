package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// open reports whether the gate let the change through.
func open(r gate.Report) bool { return r.Verdict == gate.Passed && r.ExitCode == gate.ExitPassed }

// outcome says in one word whether the gate is open.
func outcome(r gate.Report) string {
	if open(r) {
		return "open"
	}
	return "closed"
}

// conclusion says what the outcome rests on: for a closed gate the reason that
// its exit code stands for. What comes from the report's strings goes through
// quote.
func conclusion(r gate.Report, all []standing, quote func(string) string) string {
	if open(r) {
		return success(r, all)
	}
	return reason(r, all, quote)
}

// success says what an open gate rests on.
func success(r gate.Report, all []standing) string {
	passed := 0
	for _, s := range r.Stages {
		if s.Verdict == gate.Passed {
			passed++
		}
	}
	var others []*gate.Finding
	for _, s := range all {
		others = append(append(others, s.blocking...), s.others...)
	}
	return strings.Join(append([]string{plural(passed, "stage", "stages") + " passed"}, lesser(others, r.Threshold)...), ", ")
}

// lesser counts findings that do not close the gate: "3 findings below high",
// "1 waived finding".
func lesser(findings []*gate.Finding, threshold gate.Severity) (parts []string) {
	waived := 0
	for _, f := range findings {
		if f.Status == gate.Waived {
			waived++
		}
	}
	if below := len(findings) - waived; below > 0 {
		parts = append(parts, plural(below, "finding", "findings")+" below "+threshold.Effective().String())
	}
	if waived > 0 {
		parts = append(parts, plural(waived, "waived finding", "waived findings"))
	}
	return parts
}

// reason says why the gate is closed.
func reason(r gate.Report, all []standing, quote func(string) string) string {
	blocking := 0
	for _, s := range all {
		blocking += len(s.blocking)
	}
	found := fmt.Sprintf("%s at or above %s", plural(blocking, "finding", "findings"), r.Threshold.Effective())
	stage, cause := undecided(r)
	unfinished := fmt.Sprintf("the %s stage could not finish: %s", quote(stage), quote(cause))
	switch {
	case r.ExitCode == gate.ExitInterrupt, r.ExitCode == gate.ExitTerminate:
		return "the run was cancelled"
	case r.ExitCode == gate.ExitUsage && stage != "":
		return "refused: " + quote(cause)
	case r.ExitCode == gate.ExitUsage:
		return "wrong usage or configuration"
	case r.ExitCode == gate.ExitUnsigned:
		return "every check passed, but signing did not finish: " + quote(cause)
	case stage != "" && blocking > 0:
		return found + ", and " + unfinished
	case stage != "":
		return unfinished
	case blocking > 0:
		return found
	}
	return "nothing was checked"
}

// undecided returns the first stage that could not decide, and the first line
// of its error.
func undecided(r gate.Report) (stage, cause string) {
	i := slices.IndexFunc(r.Stages, func(s gate.StageReport) bool { return s.Verdict == gate.Error })
	if i < 0 {
		return "", ""
	}
	cause, _, _ = strings.Cut(failures(r.Stages[i])[0].String(), "\n")
	return r.Stages[i].Name, cause
}

// failures returns the failures of a stage; one that could not decide has at
// least one.
func failures(s gate.StageReport) []gate.Failure {
	if s.Verdict == gate.Error && len(s.Failures) == 0 {
		return []gate.Failure{{Message: cmp.Or(s.Error, "the stage gave no verdict")}}
	}
	return s.Failures
}

// checked lists what a stage looked at: "3 files, 5 objects, 60 rules".
func checked(c gate.Checked) string {
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{
		{n: c.Files, one: "file", many: "files"},
		{n: c.Objects, one: "object", many: "objects"},
		{n: c.Images, one: "image", many: "images"},
		{n: c.Packages, one: "package", many: "packages"},
		{n: c.Rules, one: "rule", many: "rules"},
	} {
		if p.n > 0 {
			parts = append(parts, plural(p.n, p.one, p.many))
		}
	}
	return strings.Join(parts, ", ")
}

// duration prints milliseconds to at most three figures: "12ms", "1.2s", "2m 5s".
func duration(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", ms)
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Truncate(100*time.Millisecond).Seconds())
	}
	return fmt.Sprintf("%dm %ds", int(d.Minutes()), int(d.Seconds())%60)
}

// about names what a finding is about besides its place, and for findings of images
// the platforms: "libcrypto3 3.5.2-r0 and 1 more on linux/amd64".
func about(f gate.Finding) string {
	object := f.Object
	if n := len(f.Packages) - 1; n > 0 { // Object is the first of them
		object = fmt.Sprintf("%s and %d more", object, n)
	}
	if f.Image == "" {
		return object
	}
	return strings.Join(slices.DeleteFunc([]string{object, strings.Join(f.Platforms, ", ")}, func(s string) bool {
		return s == ""
	}), " on ")
}

// trustedChanged says which files that decide about the gate the change touches,
// "" if none. Each name goes through quote.
func trustedChanged(c gate.Context, quote func(string) string) string {
	if len(c.TrustedChanged) == 0 {
		return ""
	}
	names := make([]string, 0, 11)
	for _, name := range c.TrustedChanged[:min(len(c.TrustedChanged), 10)] {
		names = append(names, quote(name))
	}
	if more := len(c.TrustedChanged) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return "trusted files changed, and read from the base commit all the same: " + strings.Join(names, ", ")
}
