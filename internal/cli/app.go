// Package cli is the command line: commands, flags, action inputs and exit
// codes. It knows no engine: package main hands it the stages as function
// values, and so does a test.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// An App is the program with everything that it touches outside itself.
type App struct {
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	Version        string
	Engines        Engines
	// HTTP and Sleep are how the GitHub API is reached and waited for; nil: as
	// the machine does it.
	HTTP  http.RoundTripper
	Sleep func(context.Context, time.Duration) error
}

// Engines are what the commands run. Nothing else in this package reaches an
// engine.
type Engines struct {
	// Stages makes the stages that the job names.
	Stages func(Job) (Stages, error)
	// Verify checks the signature and the attestations of an image.
	Verify func(context.Context, VerifyJob) (Verification, error)
	// Databases does what a command below `portcullis db` says, and returns what
	// is known of the databases that it is about.
	Databases func(context.Context, DatabaseJob) ([]KeptDatabase, error)
	// Rules documents every rule, sorted by id.
	Rules func() ([]gate.Rule, error)
	// Demo runs the whole gate on the embedded example, through run, which
	// runs a command by the given clock and returns its exit code.
	Demo func(ctx context.Context, w io.Writer, run func(ctx context.Context, now time.Time, args ...string) int) error
}

// exit is an error that carries its exit code. An empty message was told
// already.
type exit struct {
	code int
	err  error
	hint string
}

// Error returns the message.
func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *exit) Unwrap() error { return e.err }

// usage marks an error as wrong usage or configuration.
func usage(err error, hint string) error {
	return &exit{code: gate.ExitUsage, err: err, hint: hint}
}

// Main runs the command that args name and returns the exit code. It prints
// errors to Stderr, each followed by what to do about it.
func (a *App) Main(ctx context.Context, args ...string) int {
	root := a.command()
	root.SetArgs(args)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return gate.ExitPassed
	}
	var e *exit
	if !errors.As(err, &e) {
		// Cobra's own errors are about commands and flags.
		e = &exit{code: gate.ExitUsage, err: err, hint: cmd.CommandPath() + " --help lists commands and flags"}
	}
	a.complain(e)
	return e.code
}

// complain prints an error the way every error is printed: what, where, then
// the next action.
func (a *App) complain(e *exit) {
	if e.err == nil {
		return
	}
	for _, f := range failures(e.err) {
		a.say("error", f.String())
		if f.Hint != "" {
			a.say("hint", f.Hint)
		}
	}
	if e.hint != "" {
		a.say("hint", e.hint)
	}
}

// failures takes an error apart into what is printed line by line.
func failures(err error) []gate.Failure {
	var c *config.Error
	if errors.As(err, &c) {
		return c.Failures
	}
	return gate.Failures(err)
}

// say prints one escaped line to Stderr.
func (a *App) say(kind, message string) {
	fmt.Fprintf(a.Stderr, "portcullis: %s: %s\n", kind, report.Log(message))
}

func (a *App) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "portcullis",
		Short:         "A gate for manifests, Dockerfiles and images: checks them, and signs the image only when all passed",
		Version:       a.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetVersionTemplate("portcullis {{.Version}}\n")
	root.AddCommand(
		a.runCommand(), a.verifyCommand(), a.reportCommand(), a.fixCommand(), a.dbCommand(), a.rulesCommand(),
		a.explainCommand(), a.demoCommand(), a.versionCommand(),
	)
	return root
}

func (a *App) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.Stdout, "portcullis %s\n", a.Version)
			return err
		},
	}
}

func (a *App) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Run the whole gate on an example, with nothing else installed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			run := func(ctx context.Context, now time.Time, args ...string) int {
				inner := *a
				inner.Stderr = a.Stdout // one stream keeps the order
				inner.Getenv = a.display
				begin := time.Now()
				inner.Now = func() time.Time { return now.Add(time.Since(begin)) }
				return inner.Main(ctx, args...)
			}
			if err := a.Engines.Demo(cmd.Context(), a.Stdout, run); err != nil {
				return &exit{code: gate.ExitIncomplete, err: err}
			}
			return nil
		},
	}
}

// display looks up the variables that say how to print and no others: the demo
// is the same wherever it runs, also as a step of a workflow.
func (a *App) display(name string) string {
	switch name {
	case "NO_COLOR": // CI says more than that: who may sign
		return cmp.Or(a.Getenv("NO_COLOR"), a.Getenv("CI"))
	case "TERM":
		return a.Getenv(name)
	}
	return ""
}

// terminal reports whether w is a terminal that shows colour and progress.
func (a *App) terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	plain := a.Getenv("NO_COLOR") != "" || a.Getenv("CI") != "" || a.Getenv("TERM") == "dumb"
	return ok && !plain && term.IsTerminal(int(f.Fd()))
}

// width returns the columns of the terminal w, 0 where it is none.
func (a *App) width(w io.Writer) int {
	if f, ok := w.(*os.File); ok && a.terminal(w) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 0
}

// logger returns where engines log: escaped, to Stderr, and nowhere unless
// asked for.
func (a *App) logger(verbose bool) *slog.Logger {
	if !verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(escapedLines{a.Stderr}, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// escapedLines escapes each line that is written to it.
type escapedLines struct{ w io.Writer }

// Write escapes one record of a [slog.TextHandler], which is one line.
func (e escapedLines) Write(b []byte) (int, error) {
	line := b
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if _, err := io.WriteString(e.w, report.Log(string(line))+"\n"); err != nil {
		return 0, err
	}
	return len(b), nil
}
