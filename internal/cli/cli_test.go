package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/portcullis-ci/portcullis/internal/cli"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

// now is what the clock of every script says.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// fake is a stage whose outcome the file stages.json of a script tells.
type fake struct {
	name  string
	job   cli.Job
	Skip  string
	Error string
	Panic string
	Found []gate.Finding
	Image []gate.Image
	Notes []string
}

func (f fake) Name() string { return f.name }

func (f fake) Run(context.Context) (gate.Result, error) {
	if f.Panic != "" {
		panic(f.Panic)
	}
	res := gate.Result{Skip: f.Skip, Findings: f.Found, Images: f.Image, Notes: f.Notes}
	if f.Skip == "" {
		res.Checked = gate.Checked{Files: 1, Images: len(f.Image), Rules: 1}
	}
	if f.Error != "" {
		return res, errors.New(f.Error)
	}
	return res, nil
}

// Prepare refuses what the job refuses, as the real signer does.
func (f fake) Prepare(context.Context) error {
	if f.name == "sign" && f.job.Refuse != "" {
		return &gate.Refusal{Reason: f.job.Refuse, Hint: "sign after the merge"}
	}
	return nil
}

// Sign writes the digests that it was given to the file signed.
func (f fake) Sign(_ context.Context, r gate.Report) (gate.Result, error) {
	if f.Error != "" {
		return gate.Result{}, errors.New(f.Error)
	}
	var digests string
	for i, image := range r.Images {
		digests += image.Digest + "\n"
		r.Images[i].Signature = &gate.Signature{Digest: image.Digest, Formats: []string{"bundle"}, Verified: true}
	}
	return gate.Result{Images: r.Images, Checked: gate.Checked{Images: len(r.Images), Rules: 1}},
		os.WriteFile("signed", []byte(digests), 0o644)
}

func fakeStages(job cli.Job) (cli.Stages, error) {
	fakes := map[string]fake{}
	if b, err := os.ReadFile("stages.json"); err == nil {
		if err := json.Unmarshal(b, &fakes); err != nil {
			return cli.Stages{}, err
		}
	}
	stages := cli.Stages{Close: func() error { return nil }}
	for _, name := range job.Stages {
		f := fakes[name]
		f.name, f.job = name, job
		job.Log.Info("made", "stage", name, "images", job.Images, "offline", job.Offline)
		if name == "sign" {
			stages.Signer = f
			continue
		}
		stages.Checks = append(stages.Checks, f)
	}
	return stages, nil
}

func app(stdout, stderr io.Writer, getenv func(string) string) *cli.App {
	return &cli.App{
		Stdout: stdout, Stderr: stderr, Getenv: getenv, Version: "test",
		Now:   func() time.Time { return now },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Engines: cli.Engines{
			Stages: fakeStages,
			Rules: func() ([]gate.Rule, error) {
				return []gate.Rule{{
					ID: "DL3007", Title: "Name a tag other than latest", Severity: gate.Medium, Layer: gate.Container,
					Stage: "dockerfile", Why: "The next build may be another image.", Bad: "FROM ubuntu:latest",
					Good: "FROM ubuntu:24.04", Remediation: "Name a version.", URL: "https://example.com/DL3007",
				}}, nil
			},
			Verify: func(_ context.Context, job cli.VerifyJob) (cli.Verification, error) {
				switch job.Key {
				case "other.pub":
					return cli.Verification{}, &cli.Unverified{Err: errors.New("not verified: no signature of this key")}
				case "down.pub":
					return cli.Verification{}, errors.New("asking the registry: 503")
				}
				return cli.Verification{Reference: job.Image, Digest: "sha256:1", Identity: "sha256:k", Formats: []string{"bundle"}, Predicates: job.Require}, nil
			},
			Demo: func(ctx context.Context, w io.Writer, run func(context.Context, time.Time, ...string) int) error {
				if code := run(ctx, now, "run", "--stages", "policy"); code != 0 {
					return fmt.Errorf("exit code %d", code)
				}
				return nil
			},
		},
	}
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"portcullis": func() {
			os.Exit(app(os.Stdout, os.Stderr, os.Getenv).Main(context.Background(), os.Args[1:]...))
		},
	})
}

func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// TestR53Cancelled holds that a cancelled run says so and exits with the code
// of its signal.
func TestR53Cancelled(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, code := range []gate.Interrupt{gate.ExitInterrupt, gate.ExitTerminate} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(code)
		var stdout, stderr bytes.Buffer
		got := app(&stdout, &stderr, func(string) string { return "" }).Main(ctx, "run", "--format", "json")
		if got != int(code) {
			t.Errorf("exit code %d, want %d", got, code)
		}
		var r gate.Report
		if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Verdict != gate.Error || r.ExitCode != int(code) || !slices.ContainsFunc(r.Stages, func(s gate.StageReport) bool { return s.Error == "cancelled" }) {
			t.Errorf("the report does not say so: %s", stdout.Bytes())
		}
	}
}
