package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/report"
)

// A DatabaseJob is what `portcullis db` has to do.
type DatabaseJob struct {
	Action DatabaseAction
	Java   bool   // with the database of Java archives
	File   string // of an export or import
	Digest string // that the manifest of File must have; "": any

	Login    Login // of an update
	Config   *config.Config
	Dir      string // that folders of the configuration are below
	Log      *slog.Logger
	Now      func() time.Time
	Progress func(step string, done, total int64)
}

// A DatabaseAction is a command below `portcullis db`.
type DatabaseAction string

// The actions. Each returns the databases that it is about.
const (
	UpdateDatabase DatabaseAction = "update"
	DatabaseStatus DatabaseAction = "status"
	ExportDatabase DatabaseAction = "export"
	ImportDatabase DatabaseAction = "import"
)

// A KeptDatabase is what is known of a database that is kept between runs.
type KeptDatabase struct {
	Java                 bool
	Digest, Source, Path string
	UpdatedAt            time.Time
	Err                  error // why it cannot be used
}

func (a *App) dbCommand() *cobra.Command {
	db := &cobra.Command{
		Use:   "db",
		Short: "Update, show, export and import the databases that images are scanned with",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	db.AddCommand(
		a.dbAction(UpdateDatabase, "", "Download the vulnerability database, unless the kept one is fresh"),
		a.dbAction(DatabaseStatus, "", "Show digest, age, source and folder of the kept databases"),
		a.dbAction(ExportDatabase, " FILE", "Write a kept database to FILE, an archive of an OCI layout"),
		a.dbAction(ImportDatabase, " FILE", "Keep the database of an archive that export wrote"),
	)
	return db
}

// dbAction makes one of the commands.
func (a *App) dbAction(action DatabaseAction, args, short string) *cobra.Command {
	job := DatabaseJob{Action: action, Now: a.Now}
	var file string
	var verbose bool
	cmd := &cobra.Command{
		Use:   string(action) + " [flags]" + args,
		Short: short,
		Args:  cobra.ExactArgs(strings.Count(args, "FILE")),
		RunE: func(cmd *cobra.Command, args []string) error {
			job.File = strings.Join(args, "")
			job.Log = a.logger(verbose)
			err := a.logIn(&job.Login)
			if err != nil {
				return err
			}
			if job.Config, job.Dir, err = readLocal(file); err != nil {
				return err
			}
			return a.databases(cmd.Context(), job)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&file, "config", "", "configuration `FILE` that names repositories (default portcullis.yaml in this folder, if there is one)")
	if action == UpdateDatabase {
		job.Login.register(f, "databases")
	}
	switch action {
	case UpdateDatabase, ExportDatabase:
		f.BoolVar(&job.Java, "java", false, "the database of Java archives instead")
	case ImportDatabase:
		f.StringVar(&job.Digest, "digest", "", "`DIGEST` that export printed; anything else is refused")
	}
	f.BoolVarP(&verbose, "verbose", "v", false, "show what is asked")
	return cmd
}

// readLocal reads the configuration of whoever calls, who is no change under
// review.
func readLocal(file string) (*config.Config, string, error) {
	name := cmp.Or(file, config.File)
	data, err := os.ReadFile(name)
	if file == "" && errors.Is(err, fs.ErrNotExist) {
		return config.Default(), ".", nil
	}
	if err != nil {
		return nil, "", usage(err, "")
	}
	c, err := config.Parse(name, data)
	if err != nil {
		return nil, "", usage(err, "")
	}
	return c, ".", nil
}

// databases does what was asked for, and shows what is there then.
func (a *App) databases(ctx context.Context, job DatabaseJob) error {
	progress := a.newProgress()
	progress.stage("db " + string(job.Action))
	job.Progress = progress.step
	kept, err := a.Engines.Databases(ctx, job)
	progress.stop()
	var misused *Misused
	if errors.As(err, &misused) {
		return usage(misused.Err, "")
	}
	if err != nil {
		return &exit{code: gate.ExitIncomplete, err: err}
	}
	limit := job.Config.MaxAge()
	for _, k := range kept {
		if _, err := fmt.Fprint(a.Stdout, k.text(a.Now(), limit)); err != nil {
			return err
		}
		if k.Err != nil && !k.Java { // the other one is fetched when an image needs it
			err = &exit{
				code: gate.ExitIncomplete, err: fmt.Errorf("no usable vulnerability database: %w", k.Err),
				hint: "run `portcullis db update`, or without a network `portcullis db import FILE`",
			}
		}
	}
	return err
}

// text says what is known, for people.
func (k KeptDatabase) text(now time.Time, limit time.Duration) string {
	name := "vulnerabilities"
	if k.Java {
		name = "java archives"
	}
	rows := [][2]string{{"digest", k.Digest}, {"source", k.Source}, {"path", filepath.Clean(k.Path)}}
	if !k.UpdatedAt.IsZero() {
		age := now.Sub(k.UpdatedAt).Round(time.Minute)
		made := fmt.Sprintf("%s, %s ago", k.UpdatedAt.UTC().Format(time.RFC3339), age)
		if !k.Java {
			made += fmt.Sprintf(" (limit %s)", limit)
		}
		rows = append(rows, [2]string{"updated", made})
	}
	state := "usable"
	if k.Err != nil {
		state = k.Err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", name, report.Terminal(state))
	for _, row := range rows {
		if row[1] != "" && row[1] != "." {
			fmt.Fprintf(&b, "  %-8s %s\n", row[0], report.Terminal(row[1]))
		}
	}
	return b.String()
}
