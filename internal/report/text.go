package report

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// writeText writes the report for a person: trusted files that the change
// touches, what was found, stage by stage, then what was checked, then the
// verdict.
func writeText(w io.Writer, r gate.Report, o Options) error {
	out := bufio.NewWriter(w) // it keeps the first error
	emit := func(text string) {
		if o.Actions {
			text = logLines(text)
		}
		_, _ = out.WriteString(text) // Flush returns its error
	}
	all := standings(r)
	emit(warnings(r, o))
	details(r, all, o, emit)
	emit(summary(r, all, o) + verdictLine(r, all, o) + "\n")
	return out.Flush()
}

// logLines applies [Log] to text that is escaped already, line by line.
func logLines(text string) string {
	all := strings.Split(text, "\n")
	for i, line := range all {
		all[i] = logLine(line)
	}
	return strings.Join(all, "\n")
}

// details emits the findings, failures and notes of the stages that have any, in
// whole lines.
func details(r gate.Report, all []standing, o Options, emit func(string)) {
	for i, s := range r.Stages {
		errs := failures(s)
		if len(all[i].blocking)+len(all[i].others)+len(errs)+len(s.Notes) == 0 {
			continue
		}
		count := counts(len(all[i].blocking), all[i].others, len(errs), r.Threshold)
		emit(o.paint(bold, name(s.Name)) + ": " + cmp.Or(count, s.Verdict.String()) + "\n\n")
		blocking := slices.Clone(gate.FoldInherited(all[i].blocking))
		slices.SortStableFunc(blocking, func(a, b *gate.Finding) int { return gate.Compare(*a, *b) })
		told := map[remark]bool{}
		for i, f := range blocking {
			emit(o.finding(*f, i > 0 && samePlace(blocking[i-1], f), told))
		}
		o.brief(gate.FoldInherited(all[i].others), emit)
		for _, f := range errs {
			emit(o.failure(f))
		}
		for _, note := range s.Notes {
			emit(message(o.paint(cyan, "note")+": ", note))
		}
		if len(s.Notes) > 0 {
			emit("\n")
		}
	}
}

// counts heads a stage: "2 findings close the gate, 3 findings below high, 1 error";
// "" where there is none of them.
func counts(blocking int, others []*gate.Finding, errs int, threshold gate.Severity) string {
	var parts []string
	if blocking > 0 {
		parts = append(parts, plural(blocking, "finding closes the gate", "findings close the gate"))
	}
	parts = append(parts, lesser(others, threshold)...)
	if errs > 0 {
		parts = append(parts, plural(errs, "error", "errors"))
	}
	return strings.Join(parts, ", ")
}

// samePlace reports whether the source line of two findings is shown once.
func samePlace(a, b *gate.Finding) bool { return a.Path == b.Path && a.Range == b.Range }

// A remark is a hint about an object, which is printed once: each container of
// a pod may want the same.
type remark struct{ path, object, rule, hint string }

// finding prints a finding in full, without the source line if the finding
// before it has just shown that, and without what was told about its object.
func (o Options) finding(f gate.Finding, shown bool, told map[remark]bool) string {
	head := ""
	if f.Path != "" {
		head = o.paint(bold, place(f.Location)+":") + " "
	}
	st := severityStyle(f.Severity)
	body := f.Message
	if body == "" {
		body = f.Title
	}
	var b strings.Builder
	parts := lines(body)
	parts[0] += " " + o.paint(dim, "["+Terminal(rules(f))+"]")
	b.WriteString(continued(head+o.paint(st, label(f))+": ", parts))
	if !shown {
		b.WriteString(o.snippet(f, st))
	}
	if object := about(f); object != "" && !strings.Contains(f.Source, object) {
		b.WriteString(o.aside(f, "in", object))
	}
	if score := scored(f); score != "" {
		b.WriteString(o.aside(f, "cvss", score))
	}
	hint := remark{path: f.Path, object: f.Object, rule: f.Rule, hint: f.Hint}
	if f.Hint != "" && !told[hint] {
		b.WriteString(o.aside(f, "hint", f.Hint))
		told[hint] = f.Object != ""
	}
	return b.String() + "\n"
}

// aside prints a remark below a source line.
func (o Options) aside(f gate.Finding, about, text string) string {
	return message(o.paint(blue, strings.Repeat(" ", gutter(f))+" = ")+o.paint(cyan, about)+": ", text)
}

// failure prints what could not be checked.
func (o Options) failure(f gate.Failure) string {
	head := ""
	if f.Path != "" {
		head = o.paint(bold, place(f.Location)+":") + " "
	}
	out := message(head+o.paint(red, "error")+": ", f.Message)
	if f.Hint != "" {
		out += message("      "+o.paint(blue, "=")+" "+o.paint(cyan, "hint")+": ", f.Hint)
	}
	return out + "\n"
}

// name shows a name that may start a line: in quotes if it could read as more
// than a name.
func name(s string) string {
	s = Terminal(s)
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '"' }) {
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return s
}

// place is a location with its path as a name; "" without a path.
func place(l gate.Location) string {
	if l.Path == "" {
		return ""
	}
	at := strings.TrimPrefix(l.String(), l.Path)
	return name(l.Path) + at
}

// message prints raw text after a head.
func message(head, text string) string { return continued(head, lines(text)) }

// continued prints escaped lines, the first after head. The others stand behind
// a bar: a text of several lines cannot pass for lines of the report.
func continued(head string, parts []string) string {
	return head + strings.Join(parts, "\n      | ") + "\n"
}

// brief emits findings that do not close the gate, one line each.
func (o Options) brief(findings []*gate.Finding, emit func(string)) {
	if len(findings) == 0 {
		return
	}
	widths := make([]int, 3) // nothing stands behind the last
	for _, f := range findings {
		widths[0] = max(widths[0], width(label(*f)))
		widths[1] = max(widths[1], width(place(f.Location)))
	}
	emit(o.paint(dim, "not closing the gate:") + "\n")
	for _, f := range findings {
		text := Terminal(f.Title)
		if f.Message != "" {
			text = strings.Join(lines(f.Message), " ")
		}
		emit(o.row("  ", []column{
			{text: label(*f), style: severityStyle(f.Severity)},
			{text: place(f.Location)},
			{text: text + " [" + Terminal(rules(*f)) + "]" + aftermath(*f)},
		}, widths))
	}
	emit("\n")
}

// aftermath is why a finding does not count, behind what it says.
func aftermath(f gate.Finding) string {
	if why := waiver(f); why != "" {
		return ", " + strings.Join(lines(why), " ")
	}
	return ""
}
