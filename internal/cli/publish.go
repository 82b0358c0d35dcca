package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// defaultFormat is github as a step of GitHub Actions and text elsewhere.
func (a *App) defaultFormat() string {
	if github.InActions(a.Getenv) {
		return "github"
	}
	return "text"
}

// publish writes the report to every place that was asked for and returns the
// exit code as an error. A report that cannot be written makes a passed run
// incomplete; it never makes any run pass.
func (a *App) publish(ctx context.Context, s *settings, job Job, r gate.Report) error {
	o, err := a.reportOptions(r.Context)
	if err == nil {
		o.Annotations, o.Changed, o.HeadLine = wanted(job.Config.Publish.Annotations, true), job.Changed, job.HeadLine
		err = errors.Join(a.writeReports(s.format, s.outputs, r, o), a.writeFileCommands(s, r, o))
		a.post(ctx, posting{
			publish: job.Config.Publish, report: r, options: o, folder: r.Context.Root, matrix: s.commentKey,
			offline: s.offline, dryRun: s.dryRun, log: job.Log,
		})
	}
	if err != nil {
		a.complain(&exit{err: err})
		if r.ExitCode == gate.ExitPassed {
			return &exit{code: gate.ExitIncomplete}
		}
	}
	if r.ExitCode == gate.ExitPassed {
		return nil
	}
	return &exit{code: r.ExitCode}
}

// reportOptions says how reports look here.
func (a *App) reportOptions(c gate.Context) (report.Options, error) {
	rules, err := a.Engines.Rules()
	return report.Options{
		Color: a.terminal(a.Stdout), Width: a.width(a.Stdout), Actions: github.InActions(a.Getenv), Rules: rules,
		Base: c.Root, Server: github.Server(a.Getenv),
	}, err
}

// writeReports writes the report to Stdout in one format and to files in
// others, files first: whoever reads the end of Stdout finds them complete.
func (a *App) writeReports(format string, outputs []string, r gate.Report, o report.Options) error {
	var errs []error
	for _, output := range outputs {
		format, file, _ := strings.Cut(output, "=")
		plain := o
		plain.Color, plain.Width, plain.Actions = false, 0, false
		if err := writeFile(file, format, r, plain); err != nil {
			errs = append(errs, fmt.Errorf("writing the %s report %q: %w", format, file, err))
		}
	}
	write, err := report.For(format)
	if err == nil {
		err = write(a.Stdout, r, o)
	}
	if err != nil {
		errs = append(errs, fmt.Errorf("writing the report: %w", err))
	}
	return errors.Join(errs...)
}

// writeFile writes a report to a file.
func writeFile(name, format string, r gate.Report, o report.Options) error {
	write, err := report.For(format)
	if err != nil {
		return err
	}
	return replaceFile(name, 0o644, func(w io.Writer) error { return write(w, r, o) })
}

// replaceFile writes a file so that it is complete or does not change.
func replaceFile(name string, mode os.FileMode, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".portcullis-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err = errors.Join(write(f), f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// writeFileCommands writes the job summary and the outputs of the step, where
// the runner asks for them.
func (a *App) writeFileCommands(s *settings, r gate.Report, o report.Options) error {
	if !github.InActions(a.Getenv) {
		return nil
	}
	var errs []error
	if file := a.Getenv("GITHUB_STEP_SUMMARY"); file != "" {
		summary := o
		summary.Limit = github.SummaryCharacters
		errs = append(errs, github.WriteSummary(file, report.Markdown(r, summary)))
	}
	if file := a.Getenv("GITHUB_OUTPUT"); file != "" {
		errs = append(errs, github.WriteOutputs(file, github.Outputs(r, jsonReport(s.outputs))))
	}
	return errors.Join(errs...)
}

// jsonReport returns the path of the JSON report among the outputs, or "".
func jsonReport(outputs []string) string {
	for _, output := range outputs {
		if file, ok := strings.CutPrefix(output, "json="); ok {
			return file
		}
	}
	return ""
}
