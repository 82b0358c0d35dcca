package cli

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func (a *App) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain RULE",
		Short: "Say why a rule is there, with a bad and a good example, and how to switch it off or waive it",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			rules, err := a.Engines.Rules()
			if err != nil {
				return &exit{code: gate.ExitIncomplete, err: err}
			}
			text := ""
			if r, ok := find(rules, args[0]); ok {
				text = explain(r, a.Now())
			} else if text = explainKind(rules, args[0], a.Now()); text == "" {
				return usage(fmt.Errorf("no rule %q", args[0]), nearest(rules, args[0]))
			}
			_, err = io.WriteString(a.Stdout, text)
			return err
		},
	}
}

// find returns the rule of an id. A rule whose id is letters only, such as SC,
// documents all ids that go on with a number, such as SC2086.
func find(rules []gate.Rule, id string) (gate.Rule, bool) {
	for _, want := range []string{id, strings.TrimRight(id, "0123456789")} {
		i := slices.IndexFunc(rules, func(r gate.Rule) bool { return strings.EqualFold(r.ID, want) })
		if i >= 0 {
			r := rules[i]
			if want != id {
				r.ID, r.URL = strings.ToUpper(id), r.URL+strings.ToUpper(id)
			}
			return r, true
		}
	}
	return gate.Rule{}, false
}

// nearest is the hint for an id that no rule has: rules with the same last part.
func nearest(rules []gate.Rule, id string) string {
	const all = "portcullis rules lists every rule"
	name := id[strings.LastIndexByte(id, '/')+1:]
	var near []string
	for _, r := range rules {
		if _, last, found := strings.Cut(r.ID, "/"); found && strings.EqualFold(last, name) {
			near = append(near, r.ID)
		}
	}
	if len(near) == 0 {
		return all
	}
	return "is it " + strings.Join(near, " or ") + "? " + all
}

// A kind is a kind of findings whose ids are made while the gate runs, so that
// no rule has them: what is known is what they have in common.
type kind struct {
	pattern *regexp.Regexp
	title   string
	what    string
	mend    string
	off     string
	stage   string
	url     string // the id follows
}

const (
	mendPackage = "Update the package to the fixed version that the finding names, in the file that it is on. What a base image brings goes with\n" +
		"a newer tag of it, which the hint names where the registry may be asked."
	offPackage = "While there is no fixed version, scan.ignore-unfixed leaves it out. That it does no harm here a VEX document of the trusted\n" +
		"configuration can say; the finding stays in the report, as waived:\nportcullis.yaml:\n  scan:\n    vex: [\".portcullis/vex/*.json\"]"
	vulnerability = "The vulnerability database lists a version of a package that an image or a lock file has. The severity is the one that the\n" +
		"vendor of the package gives it, else the most trusted other; the finding says whose, with the CVSS score."
)

// kinds are read from the first to the last.
var kinds = []kind{
	{
		pattern: regexp.MustCompile(`(?i)^CVE-\d{4}-\d{4,}$`), title: "a vulnerability of a package",
		what: vulnerability, mend: mendPackage, off: offPackage, stage: "scan", url: "https://nvd.nist.gov/vuln/detail/",
	},
	{
		pattern: regexp.MustCompile(`(?i)^GHSA(-[0-9a-z]{4}){3}$`), title: "a vulnerability of a package",
		what: vulnerability, mend: mendPackage, off: offPackage, stage: "scan", url: "https://github.com/advisories/",
	},
	{
		pattern: regexp.MustCompile(`(?i)^(GO|RUSTSEC|PYSEC|DSA|DLA|ALAS2?|ELSA|MAL|OSV)-\d[\w:.-]*$`), title: "a vulnerability of a package",
		what: vulnerability, mend: mendPackage, off: offPackage, stage: "scan", url: "https://osv.dev/vulnerability/",
	},
	{
		pattern: regexp.MustCompile(`^secret/[\w-]+$`), title: "a secret in a file",
		what: "A file of the workspace or of an image holds what looks like a credential of this kind. No report shows it.",
		mend: "Revoke it where it was issued, then remove it: who could read the file, or an older commit or layer, still has it.",
		off: "A file that holds none, such as a fixture, is left out by its path:\n" +
			"portcullis.yaml:\n  paths:\n    exclude: [\"testdata/**\"]",
	},
	{
		pattern: regexp.MustCompile(`^rego/[\w.]+/\w+$`), title: "a rule of your own policies",
		what: "It is the package and the name of the rule, in the files that policy.rego names. What it asks for stands in its METADATA or its\n" +
			"comments, and a METADATA with custom.id gives it an id of its own.",
		mend: "Do what the message says.",
		off:  "Add an exception to the policy (conftest's exception rules work), or remove its namespace from policy.namespaces.",
	},
	{
		pattern: regexp.MustCompile(`^gatekeeper/\w+/\S+$`), title: "a constraint of yours",
		what: "It is the kind and the name of the constraint, in the folders that policy.gatekeeper names. What it asks for stands in the\n" +
			"ConstraintTemplate of the kind, with the parameters of the constraint.",
		mend: "Do what the message says.",
		off: "Exempt the object in the constraint (match.excludedNamespaces, or what its parameters know), or make it a warning with\n" +
			"enforcementAction: warn.",
	},
}

// explainKind is what is known of an id that is not in the list of rules, ""
// where that is nothing. A constraint of a built-in template has its words.
func explainKind(rules []gate.Rule, id string, now time.Time) string {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.pattern.MatchString(id) })
	if i < 0 {
		return ""
	}
	k := kinds[i]
	if upper := strings.ToUpper(id); strings.HasPrefix(upper, "CVE-") {
		id = upper // as findings and waivers have it
	}
	if k.url != "" {
		k.url += id
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", id, k.title)
	section(&b, "What it is", k.what)
	section(&b, "What to do", k.mend)
	section(&b, "How to leave it out", k.off)
	section(&b, "How to waive it", stub(gate.Rule{ID: id, Stage: k.stage}, now))
	section(&b, "More", k.url)
	if parts := strings.Split(id, "/"); len(parts) == 3 {
		if r, ok := find(rules, parts[0]+"/"+parts[1]); ok {
			b.WriteString("\nThe template of its kind is built in:\n\n" + explain(r, now))
		}
	}
	return b.String()
}

// section writes a part of an explanation; one without a text is left out.
func section(b *strings.Builder, title, text string) {
	if text = strings.TrimRight(text, "\n"); text != "" {
		fmt.Fprintf(b, "\n%s\n  %s\n", title, strings.ReplaceAll(text, "\n", "\n  "))
	}
}

// explain is the whole documentation of a rule, for people, on a day.
func explain(r gate.Rule, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n%s severity, %s layer, %s stage\n", r.ID, r.Title, r.Severity, r.Layer, r.Stage)
	section(&b, "Why", r.Why)
	section(&b, "Bad", r.Bad)
	section(&b, "Good", r.Good)
	section(&b, "What to do", r.Remediation)
	section(&b, "Controls", strings.Join(r.Controls, "\n"))
	section(&b, "How to switch it off", off(r))
	section(&b, "How to waive it", stub(r, now))
	section(&b, "More", r.URL)
	return b.String()
}

// off tells the configuration that switches a rule off.
func off(r gate.Rule) string {
	switch kind, _, _ := strings.Cut(r.ID, "/"); {
	case kind == "pss":
		return "A level is judged as a whole; privileged, baseline and restricted ask for more and more:\n" +
			"portcullis.yaml:\n  policy:\n    pod-security: {level: baseline}"
	case kind == "gatekeeper":
		return "It is asked only where a constraint of its kind is: remove that, exempt objects in it, or set its enforcementAction to dryrun."
	case kind == "license":
		return "portcullis.yaml:\n  scan:\n    scanners: [vuln, secret] # without license"
	}
	switch r.Stage {
	case "policy":
		return "portcullis.yaml:\n  policy:\n    builtin: {disable: [" + r.ID + "]}"
	case "dockerfile":
		return "portcullis.yaml:\n  dockerfile:\n    ignore: [" + r.ID + "]\nor, above the instruction:\n  # hadolint ignore=" + r.ID
	}
	return ""
}

// waived is for how long the waiver that explain shows holds.
const waived = 90 * 24 * time.Hour

// stub is a waiver of a rule to fill in: one without a reason and an owner has no
// effect.
func stub(r gate.Rule, now time.Time) string {
	scope := `paths: [""]     # files or folders: deploy/legacy/**`
	switch {
	case r.Stage == "scan" && !strings.Contains(r.ID, "/"): // a vulnerability
		scope = `packages: [{name: "", version: ""}] # each that the finding names, as it is installed`
	case r.Stage == "scan":
		scope = `images: [""]    # NAME@sha256:DIGEST; or paths:, or packages: [{name: …, version: …}]`
	}
	return fmt.Sprintf(`%s, below waivers:
  - rule: %s
    %s
    reason: ""      # why it does no harm, or has to wait
    owner: ""       # who answers for it
    expires: %s`, config.WaiversFile, r.ID, scope, now.UTC().Add(waived).Format(time.DateOnly))
}
