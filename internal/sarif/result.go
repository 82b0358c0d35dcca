package sarif

import (
	"cmp"
	"encoding/json/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// A translation turns a run into findings.
type translation struct {
	run  run
	tree *workspace.Tree
}

// title names the tool: "CodeQL 2.19.0".
func (t translation) title() string {
	driver := t.run.Tool.Driver
	return strings.TrimSpace(cmp.Or(driver.Name, "a tool without a name") + " " + cmp.Or(driver.SemanticVersion, driver.Version))
}

// prefix is the name of the tool as rule ids have it: "codeql", "semgrep-oss".
func (t translation) prefix() string {
	words := strings.FieldsFunc(strings.ToLower(t.run.Tool.Driver.Name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_'
	})
	return cmp.Or(strings.Join(words, "-"), "sarif")
}

// rules counts the rules that the run lists.
func (t translation) rules() int {
	n := len(t.run.Tool.Driver.Rules)
	for _, e := range t.run.Tool.Extensions {
		n += len(e.Rules)
	}
	return n
}

// findings returns a finding for each result that says that something is wrong
// and that is still there.
func (t translation) findings() []gate.Finding {
	if t.run.Results == nil {
		return nil
	}
	findings := make([]gate.Finding, 0, len(*t.run.Results))
	for _, r := range *t.run.Results {
		if slices.Contains([]string{"pass", "notApplicable", "informational"}, r.Kind) || r.Baseline == "absent" {
			continue
		}
		findings = append(findings, t.finding(r))
	}
	return findings
}

func (t translation) finding(r result) gate.Finding {
	about := t.ruleOf(r)
	id := cmp.Or(r.RuleID, r.Rule.ID, about.ID, "result")
	f := gate.Finding{
		Rule: t.prefix() + "/" + id, Severity: severity(r, about), Layer: gate.Code,
		Title:   cmp.Or(about.Short.plain(nil), about.Name, id),
		Message: r.Message.plain(about.Messages), URL: link(about.HelpURI),
		Location: t.locate(r.Locations), Controls: weaknesses(about),
	}
	f.Message = cmp.Or(f.Message, f.Title)
	if r.Baseline == "unchanged" {
		f.Status = gate.Existing
	}
	if why, ok := suppressed(r.Suppressions); ok {
		f.Status, f.Message = gate.Waived, f.Message+" ("+why+")"
	}
	return f
}

// ruleOf finds the description of a result's rule: by its place, in the tool or
// in one of its extensions, else by its id. An id may go on behind a slash.
func (t translation) ruleOf(r result) rule {
	from := t.run.Tool.Driver
	if c := r.Rule.Component; c != nil {
		for i, e := range t.run.Tool.Extensions {
			if c.Index != nil && *c.Index == i || c.Index == nil && c.Name == e.Name {
				from = e
			}
		}
	}
	index := cmp.Or(r.Rule.Index, r.Index)
	id := cmp.Or(r.RuleID, r.Rule.ID)
	if index != nil && *index >= 0 && *index < len(from.Rules) && (id == "" || describes(from.Rules[*index], id)) {
		return from.Rules[*index]
	}
	for _, c := range append([]component{t.run.Tool.Driver}, t.run.Tool.Extensions...) {
		if i := slices.IndexFunc(c.Rules, func(r rule) bool { return describes(r, id) }); i >= 0 {
			return c.Rules[i]
		}
	}
	return rule{}
}

func describes(r rule, id string) bool {
	return r.ID != "" && (r.ID == id || strings.HasPrefix(id, r.ID+"/"))
}

// severity is what a tool scored, as code scanning reads it, else the level of
// the result or of its rule.
func severity(r result, about rule) gate.Severity {
	for _, bag := range []properties{r.Properties, about.Properties} {
		if s, ok := bag.score(); ok {
			return s
		}
	}
	switch level := cmp.Or(r.Level, about.Default.Level, "warning"); {
	case level == "none" && (r.Kind == "" || r.Kind == "fail"), level == "note", level == "none",
		r.Kind == "review", r.Kind == "open":
		return gate.Low
	case level == "error":
		return gate.High
	case level == "warning":
		return gate.Medium
	}
	return gate.Unknown
}

// score reads "security-severity", which tools write as a string or a number.
func (p properties) score() (gate.Severity, bool) {
	score, err := strconv.ParseFloat(strings.Trim(string(p["security-severity"]), `"`), 64)
	switch {
	case err != nil || score < 0 || score > 10 || score != score:
		return gate.Unknown, false
	case score >= 9:
		return gate.Critical, true
	case score >= 7:
		return gate.High, true
	case score >= 4:
		return gate.Medium, true
	}
	return gate.Low, true
}

// cwe is a weakness in the tags of a rule: "external/cwe/cwe-079", "CWE-89: …".
var cwe = regexp.MustCompile(`(?i)\bcwe-0*([1-9][0-9]*)\b`)

// weaknesses returns the weaknesses that a rule is about: "cwe-79".
func weaknesses(about rule) []string {
	var tags, ids []string
	if json.Unmarshal(about.Properties["tags"], &tags) != nil {
		return nil
	}
	for _, tag := range tags {
		if m := cwe.FindStringSubmatch(tag); m != nil && !slices.Contains(ids, "cwe-"+m[1]) {
			ids = append(ids, "cwe-"+m[1])
		}
	}
	slices.Sort(ids)
	return ids
}

// suppressed reports whether somebody suppressed a result, and in which words.
// Whoever can write that into a file can as well leave the result out: it is
// honoured, and shown as waived. One that was rejected, or that is still under
// review, takes it back for all of them.
func suppressed(all []suppression) (why string, ok bool) {
	for _, s := range all {
		if s.Status != "" && s.Status != "accepted" {
			return "", false
		}
		where := "suppressed in the source"
		if s.Kind != "inSource" {
			where = "suppressed outside of the source"
		}
		if s.Justification != "" {
			where += ": " + s.Justification
		}
		why = cmp.Or(why, where)
	}
	return why, len(all) > 0
}

// link returns an address that a browser may be sent to, else "".
func link(uri string) string {
	if strings.HasPrefix(uri, "https://") || strings.HasPrefix(uri, "http://") {
		return uri
	}
	return ""
}
