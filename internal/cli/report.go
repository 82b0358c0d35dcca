package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// maxReport bounds a report that is read back: it may come from an untrusted
// run.
const maxReport = 64 << 20

func (a *App) reportCommand() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use:   "report [flags] FILE",
		Short: "Show a finished JSON report in another format",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if s.format == "" {
				s.format = a.defaultFormat()
			}
			s.timeout = 1 // has no flag here
			if err := s.validate(); err != nil {
				return err
			}
			r, err := readReport(args[0])
			if err != nil {
				return &exit{code: gate.ExitIncomplete, err: fmt.Errorf("reading the report %q: %w", args[0], err)}
			}
			o, err := a.reportOptions(r.Context)
			if err == nil {
				err = a.writeReports(s.format, s.outputs, r, o)
			}
			if err != nil {
				return &exit{code: gate.ExitIncomplete, err: err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&s.format, "format", "", "`FORMAT` of the report (default text, in GitHub Actions github)")
	cmd.Flags().StringArrayVar(&s.outputs, "output", nil, "write one more report, `FORMAT=FILE`; repeatable")
	return cmd
}

// readReport reads a JSON report of this schema, whole and nothing else.
func readReport(name string) (gate.Report, error) {
	var r gate.Report
	f, err := os.Open(name)
	if err != nil {
		return r, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxReport+1))
	switch {
	case err != nil:
		return r, err
	case len(data) > maxReport:
		return r, fmt.Errorf("larger than the limit of %d MiB", maxReport>>20)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return r, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return r, errors.New("more follows after the report")
	}
	if r.Schema != gate.Schema {
		return r, fmt.Errorf("schema %d, want %d", r.Schema, gate.Schema)
	}
	return r, nil
}
