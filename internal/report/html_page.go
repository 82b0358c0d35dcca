package report

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A page is what the HTML template shows. Its strings have gone through
// [Terminal]; the template escapes them for the place where they stand.
type page struct {
	Policy              template.HTML
	Style               template.CSS
	Script              template.JS
	Title               string
	Open                bool
	Outcome, Conclusion string
	ExitCode            int
	Subject             []string
	Trusted             string // trusted files that the change touches
	Foreign             string // said of a report that nobody vouches for
	Stages              []pageStage
	Failures            []pageFailure
	Facets              []facet
	Sections            []section
	Nothing             string // said where there is no finding
	Images              []pageImage
	Notes               []pageNote
	Provenance          []fact
	Tool                string
}

type pageStage struct{ Name, Verdict, Sign, Counts, Checked string }

type pageFailure struct{ Stage, Place, To, Message, Hint string }

type pageNote struct{ Stage, Text string }

// A fact is a name and what goes by it.
type fact struct{ Name, Value string }

// page arranges a report for the template.
func (o Options) page(r gate.Report) page {
	p := page{
		Policy: htmlPolicy, Style: template.CSS(htmlStyle), Script: template.JS(htmlScript),
		Open: open(r), Outcome: outcome(r), ExitCode: r.ExitCode,
		Conclusion: title(conclusion(r, standings(r), func(s string) string { return cut(Terminal(s), 300, perCharacter) })) + ".",
		Subject:    subject(r.Context), Nothing: "Nothing was found.",
		Trusted:    strings.TrimPrefix(trustedChanged(r.Context, Terminal), "trusted files changed"),
		Provenance: provenance(r), Tool: Terminal(strings.TrimSpace("portcullis " + r.Tool.Version)),
	}
	if o.Foreign {
		p.Foreign = title(notVerified) + "."
	}
	p.Title = strings.Join(append([]string{"portcullis: gate " + p.Outcome}, p.Subject...), " · ")
	if r.Verdict == gate.Error {
		p.Nothing = "Nothing was found in what could be checked."
	}
	for _, s := range r.Stages {
		p.Stages = append(p.Stages, pageStageOf(s, r.Threshold))
		for _, f := range failures(s) {
			p.Failures = append(p.Failures, o.pageFailure(r.Context, s.Name, f))
		}
		for _, note := range s.Notes {
			p.Notes = append(p.Notes, pageNote{Stage: Terminal(s.Name), Text: paragraph(note)})
		}
	}
	for _, image := range r.Images {
		p.Images = append(p.Images, pageImageOf(image))
	}
	p.Sections, p.Facets = o.sections(r)
	return p
}

// pageFailure is what could not be checked.
func (o Options) pageFailure(c gate.Context, stage string, f gate.Failure) pageFailure {
	p := pageFailure{Stage: Terminal(stage), To: o.permalink(c, f.Location), Message: paragraph(f.Message), Hint: paragraph(f.Hint)}
	f.Path = o.repository(f.Path)
	p.Place = place(f.Location)
	return p
}

// paragraph is a text that may have several lines.
func paragraph(s string) string { return strings.Join(lines(s), "\n") }

// subject says what was checked: repository, pull request, commit.
func subject(c gate.Context) []string {
	parts := []string{}
	if c.Repository != "" {
		parts = append(parts, Terminal(c.Repository))
	}
	if c.PullRequest > 0 {
		parts = append(parts, fmt.Sprintf("pull request %d", c.PullRequest))
	}
	if c.SHA != "" {
		parts = append(parts, "commit "+Terminal(cut(c.SHA, 64, perCharacter)))
	}
	return parts
}

func pageStageOf(s gate.StageReport, threshold gate.Severity) pageStage {
	p := pageStage{Name: Terminal(s.Name), Verdict: s.Verdict.String(), Sign: sign(s.Verdict)}
	if s.Verdict == gate.Skipped {
		p.Checked = Terminal(s.Reason)
		return p
	}
	found := split(gate.Ranked(s.Findings), threshold)
	p.Counts = title(cmp.Or(counts(len(found.blocking), found.others, len(failures(s)), threshold), "no findings"))
	p.Checked = cmp.Or(checked(s.Checked), "nothing") + " checked in " + duration(s.Duration)
	return p
}

// sign is a verdict as one character, for the eye only.
func sign(v gate.Verdict) string {
	switch v {
	case gate.Passed:
		return "✓"
	case gate.Failed:
		return "✕"
	case gate.Skipped:
		return "–"
	}
	return "!"
}

// provenance lists what the verdict rests on, as far as it is known.
func provenance(r gate.Report) []fact {
	all := []fact{{Name: "closes at", Value: r.Threshold.Effective().String() + " and above"}}
	if p := r.Provenance.Config; p != nil {
		all = append(all, fact{Name: "configuration", Value: joined(p.Source, p.Digest)})
	}
	if p := r.Provenance.Policies; p != nil {
		all = append(all, fact{Name: "policies", Value: p.Digest})
	}
	if p := r.Provenance.Database; p != nil {
		updated := ""
		if !p.UpdatedAt.IsZero() {
			updated = "updated " + p.UpdatedAt.UTC().Format(time.RFC3339)
		}
		if p.Age != "" {
			updated += ", " + p.Age + " old"
		}
		all = append(all, fact{Name: "vulnerability database", Value: joined(updated, p.Source, p.Digest)})
	}
	c := r.Context
	all = append(all, fact{Name: "event", Value: c.Event}, fact{Name: "commit", Value: c.SHA}, fact{Name: "base", Value: c.BaseSHA})
	all = append(all, fact{Name: "portcullis", Value: r.Tool.Version})
	return known(all)
}

// joined puts what is not empty side by side.
func joined(parts ...string) string {
	var all []string
	for _, p := range parts {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, ", ")
}

// known returns the facts that have a value, their values escaped.
func known(facts []fact) []fact {
	var all []fact
	for _, f := range facts {
		if f.Value != "" {
			all = append(all, fact{Name: f.Name, Value: Terminal(f.Value)})
		}
	}
	return all
}
