package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// summary prints the stages, the images and what the verdict is about.
func summary(r gate.Report, all []standing, o Options) string {
	rows := [][]column{{
		{text: "stage", style: dim}, {text: "verdict", style: dim}, {text: "closing", style: dim, right: true},
		{text: "others", style: dim, right: true}, {text: "time", style: dim, right: true}, {text: "checked", style: dim},
	}}
	for i, s := range r.Stages {
		rows = append(rows, stageRow(s, all[i]))
	}
	out := ""
	if len(r.Stages) > 0 {
		out = o.table("", rows) + "\n"
	}
	for _, image := range r.Images {
		out += o.image(image) + "\n"
	}
	if change := change(r.Context); change != "" {
		out += change + "\n"
	}
	return out
}

// warnings say at the top of a report that nobody vouches for it, and which
// files that decide about the gate the change touches; "" if neither.
func warnings(r gate.Report, o Options) (out string) {
	if o.Foreign {
		out = o.paint(yellow, "not verified: "+notVerified) + "\n\n"
	}
	if trusted := trustedChanged(r.Context, Terminal); trusted != "" {
		out += o.paint(yellow, trusted) + "\n\n"
	}
	return out
}

func stageRow(s gate.StageReport, found standing) []column {
	row := []column{
		{text: name(s.Name), style: bold},
		{text: s.Verdict.String(), style: verdictStyle(s.Verdict)},
		{text: fmt.Sprint(len(found.blocking)), right: true},
		{text: fmt.Sprint(len(found.others)), right: true},
		{text: duration(s.Duration), right: true},
		{text: cmp.Or(checked(s.Checked), "nothing")},
	}
	if s.Verdict == gate.Skipped {
		row[2].text, row[3].text, row[4].text = "", "", ""
		row[5] = column{text: Terminal(s.Reason), style: dim}
	}
	return row
}

// image prints an image, what was scanned of it and what was signed.
func (o Options) image(image gate.Image) string {
	rows := [][]column{{{text: "digest"}, {text: Terminal(image.Digest)}}}
	for _, p := range image.Platforms {
		row, below := platformRow(p)
		rows = append(rows, row)
		for _, line := range append(below, ledger(p)...) {
			rows = append(rows, []column{{}, {text: Terminal(line), style: dim}})
		}
	}
	out := o.paint(bold, "image") + " " + Terminal(image.Reference) + "\n"
	if s := image.Signature; s != nil {
		rows = append(rows, o.signature(image.Digest, s)...)
	}
	return out + o.table("  ", rows)
}

// platformRow is the line of a platform, and what is said below it: a reason may be
// a sentence, which no column has room for.
func platformRow(p gate.Platform) (row []column, below []string) {
	row = []column{{text: Terminal(p.Name)}, {text: Terminal(p.Digest)}, {text: p.Verdict.String(), style: verdictStyle(p.Verdict)}}
	if p.Verdict == gate.Skipped {
		return append(row, column{text: Terminal(p.Reason)}), nil
	}
	if p.Reason != "" {
		below = []string{p.Reason}
	} else if p.OS == "" {
		p.OS = "no operating system recognised"
	}
	return append(row, column{text: Terminal(p.OS)}, column{text: plural(p.Packages, "package", "packages"), right: true}), below
}

// signature prints whether what was signed is what was scanned, and who signed
// what.
func (o Options) signature(scanned string, s *gate.Signature) [][]column {
	verified := column{text: "not verified", style: red}
	if s.Verified {
		verified = column{text: "verified", style: green}
	}
	equal := column{text: "scanned == signed", style: green}
	if s.Digest != scanned || scanned == "" {
		equal = column{text: "scanned != signed", style: red}
	}
	rows := [][]column{{equal, {text: Terminal(s.Digest)}, verified}}
	for _, row := range [][2]string{{"signature", strings.Join(s.Formats, ", ")}, {"by", s.Identity}} {
		if row[1] != "" {
			rows = append(rows, []column{{text: row[0]}, {text: Terminal(row[1])}})
		}
	}
	for _, predicate := range s.Predicates {
		rows = append(rows, []column{{text: "attested"}, {text: Terminal(predicate)}})
	}
	return rows
}

// change names what the run was about: "commit 3f2a… of acme/shop, pull request 7".
func change(c gate.Context) string {
	if c.SHA == "" {
		return ""
	}
	out := "commit " + Terminal(c.SHA)
	if c.Repository != "" {
		out += " of " + Terminal(c.Repository)
	}
	if c.PullRequest > 0 {
		out += fmt.Sprintf(", pull request %d", c.PullRequest)
	}
	return out
}

// verdictLine is the last line of a report.
func verdictLine(r gate.Report, all []standing, o Options) string {
	st := red
	if open(r) {
		st = green
	}
	text := conclusion(r, all, func(s string) string { return cut(Terminal(s), 200, perCharacter) })
	return o.paint(st, "gate "+outcome(r)+": "+text) + fmt.Sprintf(" (exit code %d)", r.ExitCode)
}
