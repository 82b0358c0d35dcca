package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

func (a *App) runCommand() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use:   "run [flags] [PATH]",
		Short: "Check the workspace PATH (default \".\"), and sign the images when all checks passed",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				s.path = args[0]
			}
			if github.InActions(a.Getenv) {
				if err := s.inputs(cmd, github.Inputs(a.Getenv)); err != nil {
					return usage(err, "")
				}
			}
			return a.run(cmd.Context(), s)
		},
	}
	s.register(cmd)
	return cmd
}

// run is the gate: everything from the settings to the exit code.
func (a *App) run(ctx context.Context, s *settings) error {
	if s.path == "" {
		s.path = "."
	}
	if s.format == "" {
		s.format = a.defaultFormat()
	}
	if err := s.validate(); err != nil {
		return err
	}
	job, err := a.job(s)
	if err != nil {
		return err
	}
	defer job.Tree.Close()
	r, err := a.check(ctx, s, job)
	if err != nil {
		return err
	}
	return a.publish(s, job, r)
}

// job reads configuration and event.
func (a *App) job(s *settings) (Job, error) {
	c, err := a.readConfig(s)
	if err != nil {
		return Job{}, err
	}
	if s.failOn != "" {
		c.FailOn = s.failOn
	}
	tree, err := workspace.Open(s.path, c.Paths.Exclude)
	if err != nil {
		return Job{}, usage(err, "name the folder that holds the files to check")
	}
	event, err := github.ReadEvent(a.Getenv, os.ReadFile)
	if err == nil && event.Privileged() != "" {
		err = errors.New(event.Privileged())
	}
	if err != nil {
		tree.Close()
		return Job{}, usage(err, "run the gate for pull_request, which has no secrets and a token that only reads")
	}
	job := Job{
		Tree: tree, Config: c, Images: c.Scan.Images.References, Offline: s.offline,
		Refuse: event.Untrusted(), Context: event.Context, Version: a.Version,
		Log: a.logger(s.verbose), Now: a.Now, Progress: func(string, int64, int64) {},
	}
	if len(s.images) > 0 {
		job.Images = s.images
	}
	job.Stages, _ = s.plan(c)
	if job.Refuse != "" && !slices.Contains(s.stages, "sign") {
		// Signing that only the configuration file asks for is for the runs
		// after the merge; asking for it here, by flag or input, is refused.
		job.Stages = slices.DeleteFunc(job.Stages, func(stage string) bool { return stage == "sign" })
	}
	if s.offline && slices.Contains(job.Stages, "sign") {
		tree.Close()
		return Job{}, usage(errors.New("--offline: a signature goes to the registry"), "sign without --offline")
	}
	for _, w := range c.Warnings {
		a.say("warning", w)
	}
	return job, nil
}

// readConfig reads portcullis.yaml and, for what it leaves out, .hadolint.yaml.
func (a *App) readConfig(s *settings) (*config.Config, error) {
	tree, err := workspace.Open(s.path, nil)
	if err != nil {
		return nil, usage(err, "name the folder that holds the files to check")
	}
	defer tree.Close()
	c := config.Default()
	data, err := tree.ReadFile(config.File)
	name := config.File
	if s.config != "" {
		name = s.config
		data, err = os.ReadFile(s.config)
	}
	switch {
	case err == nil:
		if c, err = config.Parse(filepath.ToSlash(name), data); err != nil {
			return nil, usage(err, "")
		}
	case s.config != "" || !errors.Is(err, fs.ErrNotExist):
		return nil, usage(err, "")
	}
	for _, name := range config.HadolintFiles {
		data, err := tree.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = c.AddHadolint(name, data)
		}
		if err != nil {
			return nil, usage(err, "")
		}
		break
	}
	return c, nil
}

// check runs the stages.
func (a *App) check(ctx context.Context, s *settings, job Job) (gate.Report, error) {
	progress := a.newProgress()
	defer progress.stop()
	job.Progress = progress.step
	stages, err := a.Engines.Stages(job)
	if err != nil {
		return gate.Report{}, usage(err, "")
	}
	defer func() {
		if err := stages.Close(); err != nil {
			a.say("warning", err.Error())
		}
	}()
	_, required := s.plan(job.Config)
	plan := gate.Plan{
		Signer: stages.Signer, Threshold: job.Config.Threshold(), StageTimeout: s.timeout,
		Source: job.Tree.Line, Now: a.Now,
		Started: progress.stage,
		Panicked: func(stage string, value any, stack []byte) {
			job.Log.Error("panic", "stage", stage, "value", fmt.Sprint(value), "stack", string(stack))
		},
	}
	for _, stage := range stages.Checks {
		plan.Steps = append(plan.Steps, gate.Step{Stage: stage, Required: required(stage.Name())})
	}
	r := gate.Run(ctx, plan)
	r.Tool = gate.Tool{Name: "portcullis", Version: a.Version}
	r.Context = job.Context
	r.Provenance.Config = &job.Config.Source
	return r, nil
}
