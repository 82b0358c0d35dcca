package report

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const (
	htmlLine = 400 // the width of the source line that a page shows; it can be scrolled
	// unfolded is how many of the findings that close the gate show all they have
	// from the start. Nobody reads more, and a browser takes long to lay them out.
	unfolded = 100
)

// A section is a list of findings under a heading.
type section struct {
	ID, Title string
	Findings  []pageFinding
}

// A facet is a kind of choice by which findings are filtered.
type facet struct {
	Name    string
	Choices []choice
}

type choice struct {
	Value, Class string
	Count        int
}

type pageFinding struct {
	Stage, Severity, Status string
	Unfolded, Known         bool // shows all it has; is not new
	Message, Place, Rules   string
	To                      string // address of the place; "": not known
	Code                    *pageCode
	Hint                    string
	Fix                     *pageFix
	Packages                []gate.Package
	Facts                   []fact
	URL                     string
}

// A pageCode is a source line in three pieces; At is at fault.
type pageCode struct {
	Line              int
	Before, At, After string
}

type pageFix struct{ Title, Text string }

// sections returns the findings of a report as people count them: those that
// close the gate, then the others, each worst first; and what they can be
// filtered by.
func (o Options) sections(r gate.Report) ([]section, []facet) {
	type staged struct {
		stage string
		*gate.Finding
	}
	var all []staged
	for _, s := range r.Stages {
		for _, f := range gate.Ranked(s.Findings) {
			all = append(all, staged{stage: s.Name, Finding: f})
		}
	}
	slices.SortStableFunc(all, func(a, b staged) int { return gate.CompareRank(*a.Finding, *b.Finding) })
	blocking := section{ID: "closing", Title: "Closing the gate"}
	others := section{ID: "others", Title: "Not closing the gate"}
	stages, severities, statuses := map[string]int{}, map[string]int{}, map[string]int{}
	for _, f := range all {
		shown := o.pageFinding(*f.Finding, f.stage)
		shown.To = o.permalink(r.Context, f.Location)
		stages[shown.Stage]++
		severities[shown.Severity]++
		statuses[shown.Status]++
		if f.Blocks(r.Threshold) {
			shown.Unfolded = len(blocking.Findings) < unfolded
			blocking.Findings = append(blocking.Findings, shown)
		} else {
			others.Findings = append(others.Findings, shown)
		}
	}
	var order []string
	for _, s := range r.Stages {
		order = append(order, Terminal(s.Name))
	}
	return slices.DeleteFunc([]section{blocking, others}, func(s section) bool { return len(s.Findings) == 0 }), []facet{
		newFacet("stage", order, stages),
		newFacet("severity", []string{"critical", "high", "unknown", "medium", "low"}, severities),
		newFacet("status", []string{"new", "existing", "waived"}, statuses),
	}
}

// newFacet offers the values that occur, in order, each once.
func newFacet(name string, order []string, counts map[string]int) facet {
	f := facet{Name: name}
	for _, value := range order {
		if n := counts[value]; n > 0 {
			c := choice{Value: value, Count: n}
			if name == "severity" {
				c.Class = value
			}
			f.Choices = append(f.Choices, c)
			delete(counts, value)
		}
	}
	return f
}

// pageFinding is a finding for the template.
func (o Options) pageFinding(f gate.Finding, stage string) pageFinding {
	f.Path = o.repository(f.Path)
	p := pageFinding{
		Stage: Terminal(stage), Severity: f.Severity.String(), Status: f.Status.String(), Known: f.Status != gate.New,
		Message: paragraph(cmp.Or(f.Message, f.Title, "no message")), Place: cmp.Or(place(f.Location), "image"), Rules: Terminal(rules(f)),
		Code: pieces(f), Hint: paragraph(f.Hint), Fix: o.pageFix(f.Fix), URL: link(f.URL),
	}
	for _, pkg := range f.Packages {
		p.Packages = append(p.Packages, gate.Package{
			Name: Terminal(pkg.Name), Installed: Terminal(pkg.Installed), Fixed: cmp.Or(Terminal(pkg.Fixed), "no version yet"),
		})
	}
	precision := ""
	if f.Precision != gate.Exact {
		precision = f.Precision.String()
	}
	p.Facts = known([]fact{
		{Name: "stage", Value: stage}, {Name: "layer", Value: string(f.Layer)}, {Name: "in", Value: about(f)},
		{Name: "controls", Value: strings.Join(f.Controls, ", ")}, {Name: "line", Value: precision},
		{Name: "cvss", Value: scored(f)}, {Name: "rated by", Value: f.SeveritySource}, {Name: "why", Value: waiver(f)},
	})
	return p
}

// pieces divides the source line of a finding at the ends of what is at fault;
// nil if the line is not shown.
func pieces(f gate.Finding) *pageCode {
	if f.Source == "" || f.Line < 1 {
		return nil
	}
	all := cells(f.Source)
	start, end := span(f.Range, len(all))
	if f.Column < 1 {
		start, end = 0, 0
	}
	from, to := window(all, columns(all[:start]), max(columns(all[start:end]), 1), htmlLine)
	piece := func(a, b int) string {
		var s strings.Builder
		for _, c := range all[max(a, from):max(min(b, to), max(a, from))] {
			s.WriteString(c.text)
		}
		return s.String()
	}
	code := pageCode{Line: f.Line, Before: piece(0, start), At: piece(start, end), After: piece(end, len(all))}
	if f.Column > 0 && code.At == "" {
		code.At = " " // what is missing is missing here
	}
	if from > 0 {
		code.Before = "…" + code.Before
	}
	if to < len(all) {
		code.After += "…"
	}
	return &code
}

// pageFix shows what a fix writes; nil without one.
func (o Options) pageFix(fix *gate.Fix) *pageFix {
	if fix == nil {
		return nil
	}
	at := fmt.Sprintf("line %d", fix.StartLine)
	if fix.EndLine > fix.StartLine {
		at = fmt.Sprintf("lines %d to %d", fix.StartLine, fix.EndLine)
	}
	file := name(o.repository(fix.Path))
	if fix.Replacement == "" {
		return &pageFix{Title: "Delete " + at + " of " + file, Text: " "}
	}
	return &pageFix{Title: "Write this in place of " + at + " of " + file, Text: paragraph(fix.Replacement)}
}

// link returns a web address that leads where it says, or "".
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || Terminal(s) != s {
		return ""
	}
	return s
}
