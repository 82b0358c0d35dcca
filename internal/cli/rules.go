package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func (a *App) rulesCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List every rule: id, severity, layer, title",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rules, err := a.Engines.Rules()
			if err != nil {
				return &exit{code: gate.ExitIncomplete, err: err}
			}
			switch format {
			case "text":
				return listRules(a.Stdout, rules)
			case "json":
				enc := json.NewEncoder(a.Stdout)
				enc.SetIndent("", "  ")
				return enc.Encode(rules)
			case "markdown":
				_, err := io.WriteString(a.Stdout, checks(rules))
				return err
			}
			return usage(fmt.Errorf("--format: unknown format %q, want one of json, markdown, text", format), "")
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "`FORMAT` of the list: text, json or markdown")
	return cmd
}

func listRules(w io.Writer, rules []gate.Rule) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rules {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.ID, r.Severity, r.Layer, r.Title)
	}
	return t.Flush()
}

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
			r, ok := find(rules, args[0])
			if !ok {
				return usage(fmt.Errorf("no rule %q", args[0]), "portcullis rules lists every rule")
			}
			_, err = io.WriteString(a.Stdout, explain(r, a.Now()))
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

// explain is the whole documentation of a rule, for people, on a day.
func explain(r gate.Rule, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n%s severity, %s layer, %s stage\n", r.ID, r.Title, r.Severity, r.Layer, r.Stage)
	section := func(title, text string) {
		if text = strings.TrimRight(text, "\n"); text != "" {
			fmt.Fprintf(&b, "\n%s\n  %s\n", title, strings.ReplaceAll(text, "\n", "\n  "))
		}
	}
	section("Why", r.Why)
	section("Bad", r.Bad)
	section("Good", r.Good)
	section("What to do", r.Remediation)
	section("Controls", strings.Join(r.Controls, "\n"))
	section("How to switch it off", off(r))
	section("How to waive it", stub(r, now))
	section("More", r.URL)
	return b.String()
}

// off tells the configuration that switches a rule off.
func off(r gate.Rule) string {
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
	if r.Stage == "scan" {
		scope = `images: [""]    # NAME@sha256:DIGEST; or paths:, or packages: [{name: …, version: …}]`
	}
	return fmt.Sprintf(`%s, below waivers:
  - rule: %s
    %s
    reason: ""      # why it does no harm, or has to wait
    owner: ""       # who answers for it
    expires: %s`, config.WaiversFile, r.ID, scope, now.UTC().Add(waived).Format(time.DateOnly))
}
