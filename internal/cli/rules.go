package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

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
