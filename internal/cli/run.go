package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
				input := github.Inputs(a.Getenv)
				if err := s.inputs(cmd, input); err != nil {
					return usage(err, "")
				}
				s.login.Password = input("registry-password")
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
	if err := errors.Join(s.validate(), a.logIn(&s.login)); err != nil {
		return err
	}
	var held closers
	defer func() {
		if err := held.close(); err != nil {
			a.say("warning", err.Error())
		}
	}()
	job, err := a.job(ctx, s, &held)
	if err != nil {
		return err
	}
	r, err := a.check(ctx, s, job, &held)
	if err != nil {
		return err
	}
	return a.publish(ctx, s, job, r)
}

// job reads the event, then, from where it can be trusted, the configuration.
func (a *App) job(ctx context.Context, s *settings, held *closers) (Job, error) {
	event, err := a.event()
	if err != nil {
		return Job{}, err
	}
	all, err := workspace.Open(s.path, nil)
	if err != nil {
		return Job{}, usage(err, "name the folder that holds the files to check")
	}
	held.add(all.Close)
	trust, err := newTrust(all, event)
	if err != nil {
		return Job{}, err
	}
	held.add(trust.close)
	c, err := trust.readConfig(s.config)
	if err != nil {
		return Job{}, err
	}
	changed, err := trust.openPolicies(ctx, c, s.config)
	if err != nil {
		return Job{}, usage(err, "")
	}
	tree, err := without(all, c.Paths.Exclude, held)
	if err != nil {
		return Job{}, usage(err, "")
	}
	if s.failOn != "" {
		c.FailOn = s.failOn
	}
	job := Job{
		Tree: tree, Policies: trust.policies, Config: c, Images: c.Scan.Images.References, Imports: s.imports,
		SBOMDir: s.sbomDir, Offline: s.offline, Login: s.login,
		Refuse: event.Untrusted(), Local: !github.Automated(a.Getenv), Context: trust.noteBase(event.Context, changed), Waivers: trust.waivers(c, a.Now()), Version: a.Version,
		Log: a.logger(s.verbose), Now: a.Now, Progress: func(string, int64, int64) {},
	}
	if trust.base != nil {
		job.Base = trust.base.ReadFile
	}
	if len(s.images) > 0 {
		job.Images = s.images
	}
	if err := a.repository(&job, all, held); err != nil {
		return Job{}, usage(err, "")
	}
	if trust.base != nil {
		job.Changed = trust.base.Touches(tree)
		job.HeadLine = trust.base.AtHead(tree)
	}
	job.Stages, _ = s.plan(c)
	if job.Refuse != "" && !slices.Contains(s.stages, "sign") {
		// Signing that only the configuration file asks for is for the runs
		// after the merge; asking for it here, by flag or input, is refused.
		if slices.Contains(job.Stages, "sign") && !event.Change() {
			a.say("warning", "nothing is signed: "+job.Refuse)
		}
		job.Stages = slices.DeleteFunc(job.Stages, func(stage string) bool { return stage == "sign" })
	}
	for _, w := range c.Warnings {
		a.say("warning", w)
	}
	return job, job.consistent(event)
}

// without returns the tree without the excluded paths: the same one, which is
// walked once, where nothing is excluded.
func without(tree *workspace.Tree, exclude []string, held *closers) (*workspace.Tree, error) {
	if len(exclude) == 0 {
		return tree, nil
	}
	rest, err := workspace.Open(tree.Dir(), exclude)
	if err == nil {
		held.add(rest.Close)
	}
	return rest, err
}

// consistent says what the settings contradict.
func (j Job) consistent(event github.Event) error {
	switch {
	case j.Offline && slices.Contains(j.Stages, "sign"):
		return usage(errors.New("--offline: a signature goes to the registry"), "sign without --offline")
	case event.Change() && (strings.HasPrefix(j.Config.Scan.Database.Repository, ".") || strings.HasPrefix(j.Config.Scan.Database.JavaRepository, ".")):
		return usage(errors.New("scan.database: a folder of the workspace is part of the change that is checked"),
			"name an absolute path, or the reference of an OCI artifact")
	}
	return nil
}

// event reads what started the run, and refuses what must not be near a change.
func (a *App) event() (github.Event, error) {
	event, err := github.ReadEvent(a.Getenv, os.ReadFile)
	if errors.Is(err, github.ErrNoEvent) && !event.Change() {
		a.say("warning", err.Error())
		return event, nil
	}
	if err == nil && event.Privileged() != "" {
		err = errors.New(event.Privileged())
	}
	if err != nil {
		return event, usage(err, "run the gate for pull_request, which has no secrets and a token that only reads")
	}
	return event, nil
}

// check runs the stages.
func (a *App) check(ctx context.Context, s *settings, job Job, held *closers) (gate.Report, error) {
	progress := a.newProgress()
	defer progress.stop()
	job.Progress = progress.step
	trace := newTrace(time.Now)
	job.Trace = trace.start
	stages, err := a.Engines.Stages(job)
	if err != nil {
		return gate.Report{}, usage(err, "")
	}
	held.add(stages.Close)
	_, required := s.plan(job.Config)
	plan := gate.Plan{
		Signer: stages.Signer, Threshold: job.Config.Threshold(), StageTimeout: s.timeout,
		Source: job.Tree.Line, LineHash: job.Tree.LineHash, Now: a.Now,
		Started: func(stage string) { progress.stage(stage); trace.next(stage) },
		Panicked: func(stage string, value any, stack []byte) {
			job.Log.Error("panic", "stage", stage, "value", fmt.Sprint(value), "stack", string(stack))
		},
	}
	for _, stage := range stages.Checks {
		plan.Steps = append(plan.Steps, gate.Step{Stage: stage, Required: required(stage.Name())})
	}
	if w := job.Waivers; w != nil {
		plan.Waive, plan.Finished = w.Waive, w.Finished
		plan.Steps = append(plan.Steps, gate.Step{Stage: w}) // last: it says what waived nothing
	}
	r := gate.Run(ctx, plan)
	trace.next("")
	if progress.stop(); s.verbose {
		trace.write(a.Stderr)
	}
	if left := a.credentials(job.Tree.Dir()); left != "" && len(r.Stages) > 0 {
		r.Stages[0].Notes = append(r.Stages[0].Notes, left)
	}
	r.Tool = gate.Tool{Name: "portcullis", Version: a.Version}
	r.Context = job.Context
	r.Provenance.Config = &job.Config.Source
	return r, nil
}
