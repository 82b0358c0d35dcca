package cli

import (
	"fmt"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// checks renders the documentation of all rules as Markdown: docs/checks.md.
// The text is ours and not escaped; examples stand in fences that are longer
// than any in them.
func checks(rules []gate.Rule) string {
	var b strings.Builder
	b.WriteString("# Checks\n\nMade by `portcullis rules --format markdown`. `portcullis explain RULE` prints one of them.\n\n")
	b.WriteString("| rule | severity | layer | demands |\n| --- | --- | --- | --- |\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", r.ID, anchor(r.ID), r.Severity, r.Layer, strings.ReplaceAll(r.Title, "|", `\|`))
	}
	for _, r := range rules {
		fmt.Fprintf(&b, "\n## %s\n\n**%s.** %s\n", r.ID, r.Title, oneLine(r.Why))
		example(&b, r.Stage, "Bad", r.Bad)
		example(&b, r.Stage, "Good", r.Good)
		fmt.Fprintf(&b, "\nWhat to do: %s.", strings.TrimSuffix(oneLine(r.Remediation), "."))
		if len(r.Controls) > 0 {
			fmt.Fprintf(&b, " Controls: %s.", strings.Join(r.Controls, ", "))
		}
		if r.URL != "" {
			fmt.Fprintf(&b, " [More](%s).", r.URL)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// anchor is the fragment that GitHub gives a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}, strings.ToLower(heading))
}

// oneLine joins the lines of a paragraph.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func example(b *strings.Builder, stage, title, text string) {
	if text == "" {
		return
	}
	language := map[string]string{"policy": "yaml", "dockerfile": "dockerfile", "workflow": "yaml"}[stage]
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "\n%s:\n\n%s%s\n%s\n%s\n", title, fence, language, strings.TrimRight(text, "\n"), fence)
}
