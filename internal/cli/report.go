package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// maxReport and maxForeign bound a report that is read back; the second one that
// comes out of a run that nobody trusts.
const (
	maxReport  = 64 << 20
	maxForeign = 16 << 20
)

func (a *App) reportCommand() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use:   "report [flags] FILE",
		Short: "Show a finished JSON report in another format; in a workflow_run workflow, post it",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				s.path = args[0]
			}
			if err := s.inputs(cmd, github.Inputs(a.Getenv)); err != nil {
				return usage(err, "")
			}
			if s.path == "" {
				return usage(errors.New("no FILE is given"), "name the JSON report of a run")
			}
			if s.format == "" {
				s.format = a.defaultFormat()
			}
			s.timeout = 1 // has no flag here
			if err := s.validate(); err != nil {
				return err
			}
			return a.report(cmd.Context(), s)
		},
	}
	cmd.Flags().StringVar(&s.format, "format", "", "`FORMAT` of the report (default text, in GitHub Actions github)")
	cmd.Flags().StringArrayVar(&s.outputs, "output", nil, "write one more report, `FORMAT=FILE`; repeatable")
	s.registerPosting(cmd.Flags())
	return cmd
}

// report shows a report; as a step after a run for a pull request it posts it
// too. Its exit code says whether that worked, and nothing of the verdict.
func (a *App) report(ctx context.Context, s *settings) error {
	run, repository, err := a.finished()
	if err != nil {
		return err
	}
	limit := int64(maxReport)
	if run != nil {
		limit = maxForeign
	}
	r, err := readReport(s.path, limit)
	if err != nil {
		return &exit{code: gate.ExitIncomplete, err: fmt.Errorf("reading the report %q: %w", s.path, err)}
	}
	if run != nil {
		if err := foreign(r, *run, repository); err != nil {
			return err
		}
		r = report.Foreign(r, run.Conclusion)
	}
	o, err := a.reportOptions(r.Context)
	o.Foreign = run != nil
	if err == nil {
		err = a.writeReports(s.format, s.outputs, r, o)
	}
	if err == nil && run != nil {
		err = a.publishForeign(ctx, s, r, *run, o)
	}
	var e *exit
	if err != nil && !errors.As(err, &e) {
		return &exit{code: gate.ExitIncomplete, err: err}
	}
	return err
}

// publishForeign writes the summary of the step and posts the comment.
func (a *App) publishForeign(ctx context.Context, s *settings, r gate.Report, run github.FinishedRun, o report.Options) error {
	if file := a.Getenv("GITHUB_STEP_SUMMARY"); file != "" {
		summary := o
		summary.Limit = github.SummaryCharacters
		if err := github.WriteSummary(file, report.Markdown(r, summary)); err != nil {
			return err
		}
	}
	outcome, err := a.postForeign(ctx, s, r, run, o)
	if err == nil {
		a.say("comment", outcome)
	}
	return err
}

// readReport reads a JSON report, whole and nothing else.
func readReport(name string, limit int64) (gate.Report, error) {
	var r gate.Report
	info, err := os.Lstat(name) // an archive may hold a link, or a FIFO that never ends
	switch {
	case err != nil:
		return r, err
	case !info.Mode().IsRegular():
		return r, errors.New("not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return r, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return r, err
	case int64(len(data)) > limit:
		return r, fmt.Errorf("larger than the limit of %d MiB", limit>>20)
	}
	return report.Read(data)
}
