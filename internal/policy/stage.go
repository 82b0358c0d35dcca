// Package policy is the stage that checks Kubernetes manifests: with the
// built-in policies, with Rego in conftest's conventions and with the Pod
// Security Standards. It is the only package that imports OPA and conftest.
//
// A policy is not trusted with anything but the object it is asked about: it
// may call pure builtins only, sees no environment, no file and no network, and
// ends when the context does.
package policy

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Name is the name of the stage.
const Name = "policy"

// Options are the inputs of the stage.
type Options struct {
	Tree       *workspace.Tree `json:"-"`
	Policies   *workspace.Tree `json:"-"` // what Rego, Data and Gatekeeper are read from; nil: Tree
	Manifests  []string        // globs of the files to check; none: every file that holds Kubernetes objects
	Rego       []string        // folders, files, globs or bundles of policies
	Data       []string        // folders, files, globs or bundles of documents below data
	Namespaces []string        // packages to query, with * for others; none: all that have rules
	Combine    []string        // packages, with *, that are asked once, about all objects
	Builtin    bool            // apply the built-in policies
	Disable    []string        // ids of built-in policies to leave out
	Gatekeeper []string        // folders, files, globs or bundles of ConstraintTemplates and constraints
	// PodSecurity is the level of the Pod Security Standards to judge workloads
	// by, "labels" for that of their namespaces, "" for none, and
	// PodSecurityVersion its version, "" for the newest.
	PodSecurity, PodSecurityVersion string
	Bundles                         Bundles             `json:"-"` // how those of Rego, Data and Gatekeeper are fetched
	Renderers                       []manifest.Renderer `json:"-"` // of charts and overlays
	Values                          map[string][]string // values files of charts, that the renderers were made with
	Process                         Process             `json:"-"` // where policies of others are evaluated; nil: in this process
	Log                             *slog.Logger        `json:"-"`
}

// A Stage checks the manifests of a workspace; see [New].
type Stage struct {
	o      Options
	memory uint64 // bytes by which the heap may grow

	once    sync.Once
	fetched map[string][]source // bundles by name
	err     error               // of the fetching
}

// New returns the stage.
func New(o Options) *Stage {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Policies == nil {
		o.Policies = o.Tree
	}
	return &Stage{o: o, memory: memoryLimit}
}

// Name returns [Name].
func (s *Stage) Name() string { return Name }

// Prepare fetches the bundles of policies that are not in the workspace.
func (s *Stage) Prepare(ctx context.Context) error {
	_, err := s.bundles(ctx)
	return err
}

func (s *Stage) bundles(ctx context.Context) (map[string][]source, error) {
	s.once.Do(func() { s.fetched, s.err = s.o.fetchAll(ctx) })
	return s.fetched, s.err
}

// Run finds the manifests and evaluates every policy on every object. What
// cannot be read or evaluated is an error; the rest is reported nevertheless.
func (s *Stage) Run(ctx context.Context) (gate.Result, error) {
	if s.o.Process != nil && len(s.o.Rego)+len(s.o.Gatekeeper) > 0 {
		return s.isolate(ctx)
	}
	ctx, stop := limitMemory(ctx, s.memory)
	defer stop()
	var res gate.Result
	loaded, loadErr := s.load(ctx, &res)
	known, err := s.survey(ctx, loaded)
	if err != nil {
		return res, err
	}
	judge, judgeErr := &inspection{o: s.o, ctx: ctx}, error(nil)
	visit := func(objects []*manifest.Object) error { judge.count(objects); return ctx.Err() }
	if loadErr == nil {
		if judge, judgeErr = s.inspect(ctx, loaded, known); judge != nil {
			visit = judge.visit
		}
	}
	read, err := manifest.Each(ctx, s.o.Tree, s.o.Manifests, visit, s.o.Renderers...)
	res.Notes = slices.Concat(read.Notes, res.Notes, known.notes)
	switch {
	case ctx.Err() != nil:
		return res, context.Cause(ctx)
	case err == nil && judge.checked.Objects == 0 && len(s.o.Manifests) == 0:
		return gate.Result{Skip: "no Kubernetes manifest in the tree", Notes: read.Notes}, nil
	case err == nil && judge.checked.Objects == 0:
		err = errors.New("policy.manifests: no Kubernetes object in the files that were named")
	}
	if loadErr != nil {
		return res, errors.Join(err, loadErr)
	}
	res.Checked = judge.checked
	res.Checked.Rules = loaded.rules()
	combineErr := judge.combined()
	err = errors.Join(err, judgeErr, combineErr, judge.result(&res))
	res.Findings = read.Trace(res.Findings)
	return res, read.TraceErrors(err)
}
