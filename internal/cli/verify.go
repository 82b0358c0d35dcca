package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/report"
)

func (a *App) verifyCommand() *cobra.Command {
	job := VerifyJob{Now: a.Now}
	cmd := &cobra.Command{
		Use:   "verify [flags] IMAGE",
		Short: "Check the signature and the attestations of an image",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			job.Image = args[0]
			if err := a.logIn(&job.Login); err != nil {
				return err
			}
			if job.Key == "" {
				return usage(errors.New("--key: no public key, and keyless verification is not supported yet"),
					"name the public key of whoever signed: --key cosign.pub")
			}
			v, err := a.Engines.Verify(cmd.Context(), job)
			var unverified *Unverified
			var misused *Misused
			switch {
			case errors.As(err, &misused):
				return usage(misused.Err, "")
			case errors.As(err, &unverified):
				return &exit{code: gate.ExitFailed, err: err}
			case err != nil:
				return &exit{code: gate.ExitIncomplete, err: err}
			}
			_, err = fmt.Fprint(a.Stdout, v.text())
			return err
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&job.Key, "key", "", "public key `FILE`")
	cmd.Flags().StringSliceVar(&job.Require, "require", nil, "attestations that have to be there: sbom, vuln, vsa")
	job.Login.register(cmd.Flags(), "image")
	return cmd
}

// text says what was verified, for people.
func (v Verification) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "verified %s\n", report.Terminal(v.Reference))
	rows := [][2]string{{"digest", v.Digest}, {"key", v.Identity}, {"formats", strings.Join(v.Formats, ", ")}}
	for _, p := range v.Predicates {
		rows = append(rows, [2]string{"attested", p})
	}
	for _, row := range rows {
		fmt.Fprintf(&b, "  %-9s %s\n", row[0], report.Terminal(row[1]))
	}
	return b.String()
}
