package report

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// GitHub's limits for the description of a rule.
const (
	sarifName        = 255
	sarifDescription = 1024
	sarifTags        = 10
)

// ruleTable is the rules of a run in the order of their ids.
type ruleTable struct {
	list  []sarifRule
	index map[string]int // by id
}

// rankedAll returns findings worst first. Machines get twins as two.
func rankedAll(findings []gate.Finding) []gate.Finding {
	return slices.SortedStableFunc(slices.Values(findings), gate.CompareRank)
}

// sarifRules documents the rules of findings. A rule's severity is that of its
// worst finding: the configuration may have changed what its author thought.
func (o Options) sarifRules(findings []gate.Finding) ruleTable {
	worst := map[string]gate.Finding{}
	for _, f := range findings {
		id := ruleID(f.Rule)
		if w, ok := worst[id]; !ok || f.Severity.Effective() > w.Severity.Effective() {
			worst[id] = f
		}
	}
	t := ruleTable{list: []sarifRule{}, index: map[string]int{}}
	for i, id := range slices.Sorted(maps.Keys(worst)) {
		t.list = append(t.list, describe(o.document(worst[id])))
		t.index[id] = i
	}
	return t
}

// document returns the documentation of a finding's rule. Rules that are not
// ours, such as vulnerabilities, are described by their finding.
func (o Options) document(f gate.Finding) gate.Rule {
	i := slices.IndexFunc(o.Rules, func(r gate.Rule) bool { return r.ID == f.Rule })
	if i < 0 {
		return gate.Rule{
			ID: f.Rule, Title: cmp.Or(f.Title, f.Rule), Severity: f.Severity, Layer: f.Layer,
			Why: cmp.Or(f.Title, f.Rule), Remediation: f.Hint, URL: f.URL, Controls: f.Controls,
		}
	}
	rule := o.Rules[i]
	rule.Severity = f.Severity
	return rule
}

// describe turns documentation into what GitHub shows beside an alert.
func describe(r gate.Rule) sarifRule {
	rule := sarifRule{
		ID:               ruleID(r.ID),
		Name:             cut(ruleID(r.ID), sarifName, perCharacter),
		ShortDescription: sarifText{Text: described(r.Title, r.ID)},
		FullDescription:  sarifText{Text: described(r.Why, r.Title, r.ID)},
		Help:             sarifHelp{Text: help(r), Markdown: helpMarkdown(r)},
		Default:          sarifLevel{Level: sarifLevelOf(r.Severity)},
		Properties:       sarifRuleHints{SecuritySeverity: securitySeverity(r.Severity), Precision: "high"},
	}
	if u, err := url.Parse(r.URL); err == nil && u.Scheme == "https" {
		rule.HelpURI = u.String()
	}
	rule.Properties.Tags = tags(append([]string{"security", string(r.Layer)}, r.Controls...))
	return rule
}

// tags returns the first tags that GitHub keeps, none empty and none twice.
func tags(all []string) []string {
	kept := []string{}
	for _, tag := range all {
		tag = cut(Terminal(tag), sarifName, perCharacter)
		if tag != "" && len(kept) < sarifTags && !slices.Contains(kept, tag) {
			kept = append(kept, tag)
		}
	}
	return kept
}

// ruleID is an id that is never empty.
func ruleID(id string) string { return cmp.Or(Terminal(id), "unnamed") }

// described returns the first text that is not empty, as a short description.
func described(texts ...string) string {
	return cut(MessageText(cmp.Or(append(texts, "unnamed")...)), sarifDescription, perCharacter)
}

// help is the documentation of a rule as plain text.
func help(r gate.Rule) string {
	parts := []string{MessageText(cmp.Or(r.Why, r.Title, r.ID, "unnamed"))}
	if r.Remediation != "" {
		parts = append(parts, MessageText(r.Remediation))
	}
	return strings.Join(parts, "\n\n")
}

// helpMarkdown is the documentation of a rule with its examples.
func helpMarkdown(r gate.Rule) string {
	var b strings.Builder
	b.WriteString(MarkdownText(cmp.Or(r.Why, r.Title, r.ID, "unnamed")) + "\n")
	if r.Remediation != "" {
		b.WriteString("\n" + MarkdownText(r.Remediation) + "\n")
	}
	for _, example := range []struct{ label, text string }{{label: "Found", text: r.Bad}, {label: "Corrected", text: r.Good}} {
		if example.text != "" {
			b.WriteString("\n" + example.label + ":\n\n" + markdownFence("", lines(example.text)...))
		}
	}
	return b.String()
}
