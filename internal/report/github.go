package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// What the Actions runner keeps of a step. Annotations are kept in the order in
// which they come; the text of one is counted in UTF-16 code units and cut
// without a word.
const (
	annotationsPerLevel = 10
	annotationMessage   = 4096
	annotationTitle     = 255
	// failuresFirst is how many failures go before the findings: they say that
	// the findings are not all there is, but must not push them out.
	failuresFirst = 5
)

// A level is a workflow command that makes an annotation.
type level string

const (
	levelError   level = "error"
	levelWarning level = "warning"
	levelNotice  level = "notice"
)

// An annotation is a remark that GitHub shows at a line. Its strings are raw.
type annotation struct {
	title   string
	message string
	place   gate.Location
}

// writeGitHub writes workflow commands for the Actions runner: an annotation
// for each of the worst findings, ten for each level, and how many more there
// are; then everything as plain text in a group that is folded in the log, and
// below it the verdict.
func writeGitHub(w io.Writer, r gate.Report, o Options) error {
	o.Color, o.Width = false, 0
	var b strings.Builder
	if o.Annotations {
		b.WriteString(o.commands(o.annotations(r)))
	}
	b.WriteString(logLines(warnings(r, o)))
	all := standings(r)
	const begin, end = "::group::portcullis report\n", "::endgroup::\n"
	before := b.Len()
	details(r, all, o, func(text string) {
		if b.Len() == before {
			b.WriteString(begin)
		}
		b.WriteString(logLines(text))
	})
	if b.Len() > before {
		b.WriteString(end)
	}
	b.WriteString(logLines(summary(r, all, o) + verdictLine(r, all, o) + "\n"))
	_, err := io.WriteString(w, b.String())
	return err
}

// commands prints the first annotations of each level. Where some are left out,
// the first notice says how many.
func (o Options) commands(found map[level][]annotation) string {
	levels := []level{levelError, levelWarning, levelNotice}
	omitted := map[level]int{}
	for _, l := range levels {
		omitted[l] = max(len(found[l])-annotationsPerLevel, 0)
	}
	if more := remainder(omitted, len(found[levelNotice])); more != "" {
		found[levelNotice] = slices.Insert(found[levelNotice], 0, annotation{title: "portcullis", message: more})
	}
	var b strings.Builder
	for _, l := range levels {
		for _, a := range found[l][:min(len(found[l]), annotationsPerLevel)] {
			b.WriteString(o.command(l, a) + "\n")
		}
	}
	return b.String()
}

// annotations sorts failures and findings into levels, those first that help a
// reviewer most.
func (o Options) annotations(r gate.Report) map[level][]annotation {
	var failed []annotation
	for _, s := range r.Stages {
		for _, f := range failures(s) {
			failed = append(failed, annotation{
				title: "portcullis: the " + s.Name + " stage could not finish", message: advice(f.Message, "", f.Hint), place: f.Location,
			})
		}
	}
	first := min(len(failed), failuresFirst)
	all := map[level][]annotation{levelError: failed[:first:first]}
	for _, g := range o.groups(r) {
		l := levelOf(*g.findings[0], r.Threshold)
		all[l] = append(all[l], g.annotation())
	}
	all[levelError] = append(all[levelError], failed[first:]...)
	if trusted := trustedChanged(r.Context, Terminal); trusted != "" {
		all[levelWarning] = slices.Insert(all[levelWarning], 0, annotation{
			title: "portcullis: trusted files changed", message: trusted, place: gate.Location{Path: r.Context.TrustedChanged[0]},
		})
	}
	return all
}

// levelOf is the level of a finding: an error closes the gate.
func levelOf(f gate.Finding, threshold gate.Severity) level {
	switch {
	case f.Blocks(threshold):
		return levelError
	case f.Severity.Effective() >= gate.Medium:
		return levelWarning
	}
	return levelNotice
}

// advice is the text of an annotation: what is wrong, with what, and what to do.
func advice(message, about, hint string) string {
	if about != "" {
		message += "\nIn: " + about
	}
	if hint != "" {
		message += "\nHint: " + hint
	}
	return message
}

// remainder says how many annotations are left out, or returns "". It takes the
// place of a notice itself.
func remainder(omitted map[level]int, notices int) string {
	var parts []string
	if omitted[levelError]+omitted[levelWarning]+omitted[levelNotice] == 0 {
		return ""
	}
	if notices >= annotationsPerLevel {
		omitted[levelNotice] = notices - annotationsPerLevel + 1
	}
	for _, l := range []level{levelError, levelWarning, levelNotice} {
		if n := omitted[l]; n > 0 {
			parts = append(parts, plural(n, "more "+string(l), "more "+string(l)+"s"))
		}
	}
	return strings.Join(parts, ", ") + " without an annotation: the log of this step and the report have all of them"
}

// command is an annotation as a workflow command. Lines and columns are such
// that the runner drops none of them: columns only within one line, nothing
// that ends before it starts. The runner's last column is part of the range.
func (o Options) command(l level, a annotation) string {
	title := cut(Terminal(a.title), annotationTitle, perCharacter)
	message := cut(strings.Join(lines(a.message), "\n"), annotationMessage, utf16.RuneLen)
	properties := []string{"title=" + CommandProperty(title)}
	if p := o.atHead(a.place); p.Path != "" {
		properties = append(properties, "file="+CommandProperty(o.repository(p.Path)))
		if p.Line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", p.Line))
			properties = append(properties, extent(p.Range)...)
		}
	}
	return "::" + string(l) + " " + strings.Join(properties, ",") + "::" + CommandData(message)
}

// extent is the rest of a range of which the first line is known.
func extent(r gate.Range) []string {
	if r.EndLine > r.Line {
		return []string{fmt.Sprintf("endLine=%d", r.EndLine)}
	}
	if r.Column < 1 {
		return nil
	}
	parts := []string{fmt.Sprintf("col=%d", r.Column)}
	if r.EndColumn > r.Column {
		parts = append(parts, fmt.Sprintf("endLine=%d", r.Line), fmt.Sprintf("endColumn=%d", r.EndColumn-1))
	}
	return parts
}
