package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const (
	markdownLimit  = 65000 // characters that a comment surely takes
	markdownString = 1000  // characters of one string of a report that are shown
	sentenceRoom   = 250   // characters kept free for what is left out
)

// writeMarkdown writes what [Markdown] returns.
func writeMarkdown(w io.Writer, r gate.Report, o Options) error {
	text := Markdown(r, o)
	if o.Actions {
		text = logLines(text)
	}
	_, err := io.WriteString(w, text)
	return err
}

// Markdown returns the report as GitHub Flavored Markdown, for the summary of a
// job and for a comment, in at most o.Limit characters. What does not fit is
// left out from the end, counted exactly: failures come first, then the findings
// that close the gate, worst first, then images and the rest.
// Durations are not in it, so that the same outcome is the same text.
//
// Every string of the report stands in code: nothing in it can become a link, a
// mention, HTML or a sentence of ours.
func Markdown(r gate.Report, o Options) string {
	limit := cmp.Or(o.Limit, markdownLimit)
	parts := []part{
		{one: "failure", many: "failures", blocks: o.failureBlocks(r)},
		{one: "finding that closes the gate", many: "findings that close the gate"},
		o.imagePart(r),
		{one: "other finding", many: "other findings"},
		{one: "note", many: "notes", blocks: noteBlocks(r)},
	}
	found := split(gate.Ranked(findings(r)...), r.Threshold)
	blocking := gate.FoldInherited(found.blocking)
	for i := range blocking {
		f := *blocking[i]
		if i > 0 && samePlace(blocking[i-1], &f) {
			f.Source = "" // shown just above
		}
		parts[1].blocks = append(parts[1].blocks, o.findingBlock(r.Context, f, true))
	}
	for _, f := range gate.FoldInherited(found.others) {
		parts[3].blocks = append(parts[3].blocks, o.findingBlock(r.Context, *f, false))
	}
	return fit(o.shortHead(r, limit), parts, limit)
}

// shortHead is the head of a report, or its headline if the head has no room:
// half a code span would set free what it holds.
func (o Options) shortHead(r gate.Report, limit int) string {
	if top := o.head(r); utf8.RuneCountInString(top) <= limit-sentenceRoom {
		return top
	}
	return headline(r)
}

// A part is a list of blocks of one kind, each complete Markdown.
type part struct {
	one, many string
	blocks    []string
}

// fit joins the blocks that fit into limit characters behind head and says how
// many do not.
func fit(head string, parts []part, limit int) string {
	var b strings.Builder
	b.WriteString(head)
	size, full := utf8.RuneCountInString(head), false
	var omitted []string
	for _, p := range parts {
		for i, block := range p.blocks {
			if i == 0 {
				block = "\n**" + title(p.many) + "**\n\n" + block
			}
			size += utf8.RuneCountInString(block)
			if full = full || size > limit-sentenceRoom; full {
				omitted = append(omitted, plural(len(p.blocks)-i, p.one, p.many))
				break
			}
			b.WriteString(block)
		}
	}
	if len(omitted) > 0 {
		b.WriteString("\nLeft out for want of room: " + strings.Join(omitted, ", ") + ". The full report has all of them.\n")
	}
	if utf8.RuneCountInString(b.String()) > limit {
		return string([]rune(b.String())[:max(limit, 0)]) // no room for more than the headline
	}
	return b.String()
}

// title starts a sentence of ours.
func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// headline is the verdict alone; nothing in it comes from the report's strings.
func headline(r gate.Report) string { return "### portcullis: gate " + outcome(r) + "\n\n" }

// head is the verdict and the table of stages.
func (o Options) head(r gate.Report) string {
	var b strings.Builder
	all := standings(r)
	b.WriteString(headline(r))
	if o.Foreign {
		b.WriteString("**Not verified:** " + notVerified + ".\n\n")
	}
	if trusted := trustedChanged(r.Context, code); trusted != "" {
		fmt.Fprintf(&b, "**Note:** %s\n\n", trusted)
	}
	fmt.Fprintf(&b, "%s (exit code %d)\n", title(conclusion(r, all, code)), r.ExitCode)
	if r.Context.SHA != "" {
		fmt.Fprintf(&b, "\nCommit %s\n", code(r.Context.SHA))
	}
	if len(r.Stages) == 0 {
		return b.String()
	}
	b.WriteString("\n| stage | verdict | closing | others | checked |\n| --- | --- | ---: | ---: | --- |\n")
	for i, s := range r.Stages {
		numbers := fmt.Sprintf("%d | %d", len(all[i].blocking), len(all[i].others))
		what := cmp.Or(checked(s.Checked), "nothing")
		if s.Verdict == gate.Skipped {
			numbers = "|"
		}
		if s.Reason != "" {
			what = tableCode(s.Reason)
		}
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s |\n", tableCode(s.Name), sign(s.Verdict), s.Verdict, numbers, what)
	}
	return b.String()
}

// code is a string of the report as a code span of limited length.
func code(s string) string { return MarkdownCode(cut(s, markdownString, perCharacter)) }

// nextLine goes to the next line of an item of a list. GitHub breaks a line by
// itself in a comment, but not in the summary of a job.
const nextLine = "\\\n  "

// body is a message below the first line of an item of a list, and what it is
// in: a code span, or a block if it has several lines.
func body(s, in string) string {
	s = cut(s, markdownString, perCharacter)
	if in != "" {
		in = "in " + code(in) + "\n"
	}
	switch all := lines(s); {
	case len(all) > 1 && in != "":
		return "\n\n" + markdownFence("  ", all...) + "\n  " + in
	case len(all) > 1:
		return "\n\n" + markdownFence("  ", all...)
	case in != "":
		return nextLine + code(s) + nextLine + in
	}
	return nextLine + code(s) + "\n"
}

// tableCode is code in a cell of a table, where a bar would end the cell even
// inside a code span; it is shown as a broken one.
func tableCode(s string) string {
	return code(strings.NewReplacer("|", "¦", `\`, "/").Replace(cut(s, markdownString, perCharacter)))
}

// findingBlock is a finding as an item of a list, with its source line if it
// is shown in full.
func (o Options) findingBlock(c gate.Context, f gate.Finding, full bool) string {
	in := about(f)
	if !full || strings.Contains(f.Source, in) {
		in = ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "- **%s** %s %s%s", label(f), o.linkedPlace(c, f.Location), code(rules(f)), body(cmp.Or(f.Message, f.Title), in))
	if why := waiver(f); why != "" {
		fmt.Fprintf(&b, "\n  %s\n", code(why))
	}
	if !full {
		return b.String()
	}
	if f.Source != "" {
		source, marker := mark(f.Source, f.Range, plainLine)
		b.WriteString("\n" + markdownFence("  ", strings.TrimRight(source, " "), marker))
	}
	if f.Hint != "" {
		fmt.Fprintf(&b, "\n  Hint: %s\n", code(f.Hint))
	}
	return b.String()
}

func (o Options) failureBlocks(r gate.Report) (blocks []string) {
	for _, s := range r.Stages {
		for _, f := range failures(s) {
			block := "- " + code(s.Name)
			if f.Path != "" {
				block += " " + o.linkedPlace(r.Context, f.Location)
			}
			block += body(f.Message, "")
			if f.Hint != "" {
				block += "\n  Hint: " + code(f.Hint) + "\n"
			}
			blocks = append(blocks, block)
		}
	}
	return blocks
}

func noteBlocks(r gate.Report) (blocks []string) {
	for _, s := range r.Stages {
		for _, note := range s.Notes {
			blocks = append(blocks, "- "+code(s.Name)+": "+code(note)+"\n")
		}
	}
	return blocks
}
