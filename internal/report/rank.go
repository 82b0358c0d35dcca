package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// compareNotice orders findings for the few that a reviewer sees at their lines:
// first those on lines of the change, then new ones, then by severity, then
// those that somebody can do something about.
func (o Options) compareNotice(a, b gate.Finding) int {
	return cmp.Or(
		ahead(o.onChange(a), o.onChange(b)),
		cmp.Compare(a.Status, b.Status),
		cmp.Compare(b.Severity.Effective(), a.Severity.Effective()),
		ahead(fixed(a), fixed(b)),
		gate.Compare(a, b),
	)
}

// ahead puts what is true before what is not.
func ahead(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// onChange reports whether a finding is on a line that the change touches.
func (o Options) onChange(f gate.Finding) bool {
	return o.Changed != nil && f.Path != "" && f.Line > 0 && o.Changed(f.Path, f.Line, max(f.EndLine, f.Line))
}

// fixed reports whether it is known how to fix a finding.
func fixed(f gate.Finding) bool {
	return f.Fix != nil || slices.ContainsFunc(f.Packages, func(p gate.Package) bool { return p.Fixed != "" })
}

// A group is what one annotation says: a finding, and others of the same rule on
// the same line, or of the same image, which all come from one instruction.
type group struct{ findings []*gate.Finding }

// groups are the findings of a report that are not waived, those first that help
// a reviewer most.
func (o Options) groups(r gate.Report) []*group {
	type place struct {
		path, what string
		line       int
		level      level
	}
	var findings []*gate.Finding
	for _, s := range r.Stages {
		findings = append(findings, gate.Ranked(s.Findings)...)
	}
	findings = slices.DeleteFunc(findings, func(f *gate.Finding) bool { return f.Status == gate.Waived })
	slices.SortStableFunc(findings, func(a, b *gate.Finding) int { return o.compareNotice(*a, *b) })
	var all []*group
	at := map[place]*group{}
	for _, f := range findings {
		p := place{path: f.Path, line: f.Line, what: f.Rule, level: levelOf(*f, r.Threshold)}
		if f.Image != "" {
			p.what = "image " + f.Image
		}
		if g := at[p]; g != nil && f.Line > 0 {
			g.findings = append(g.findings, f)
			continue
		}
		at[p] = &group{findings: []*gate.Finding{f}}
		all = append(all, at[p])
	}
	return all
}

// annotation says the first finding in full, and of the others how many they are
// and by which rules.
func (g *group) annotation() annotation {
	f, others := g.findings[0], g.findings[1:]
	a := annotation{
		title:   fmt.Sprintf("%s %s: %s", f.Severity, rules(*f), f.Title),
		message: advice(cmp.Or(f.Message, f.Title, f.Rule), about(*f), f.Hint), place: f.Location,
	}
	if len(others) == 0 {
		return a
	}
	var names []string
	for _, other := range others {
		if !slices.Contains(names, other.Rule) && other.Rule != f.Rule {
			names = append(names, other.Rule)
		}
	}
	a.title = fmt.Sprintf("%s %s, and %d more here: %s", f.Severity, rules(*f), len(others), f.Title)
	a.message += fmt.Sprintf("\nAnd %d more here", len(others))
	if len(names) > 0 {
		a.message += ": " + strings.Join(names, ", ")
	}
	return a
}

// atHead is a place as the commit has it that the report names. A line that it
// does not have is the one between the same neighbours; where there is none the
// file alone is left.
func (o Options) atHead(l gate.Location) gate.Location {
	if o.HeadLine == nil || l.Line < 1 {
		return l
	}
	first := l.Line
	line := o.HeadLine(l.Path, first)
	last := line
	if l.EndLine > l.Line && line > 0 {
		last = o.HeadLine(l.Path, l.EndLine)
	}
	switch {
	case line < 1:
		l.Range = gate.Range{}
		if before := o.HeadLine(l.Path, first-1); before > 0 && o.HeadLine(l.Path, first+1) == before+2 {
			l.Line = before + 1
		}
	case last-line == l.EndLine-l.Line || l.EndLine <= l.Line:
		l.EndLine += line - l.Line
		l.Line = line
	default:
		l.Range = gate.Range{Line: line}
	}
	return l
}
