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
	"fmt"
	"log/slog"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/policy/podsecurity"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Name is the name of the stage.
const Name = "policy"

// Options are the inputs of the stage.
type Options struct {
	Tree       *workspace.Tree
	Policies   *workspace.Tree // what Rego, Data and Gatekeeper are read from; nil: Tree
	Manifests  []string        // globs of the files to check; none: every file that holds Kubernetes objects
	Rego       []string        // folders, files or globs of policies
	Data       []string        // folders, files or globs of documents below data
	Namespaces []string        // packages to query; none: all that have rules
	Builtin    bool            // apply the built-in policies
	Disable    []string        // ids of built-in policies to leave out
	Gatekeeper []string        // folders, files or globs of ConstraintTemplates and constraints
	// PodSecurity is the level of the Pod Security Standards to judge workloads
	// by, [podsecurity.Labels] for that of their namespaces, "" for none, and
	// PodSecurityVersion its version, "" for the newest.
	PodSecurity, PodSecurityVersion string
	Log                             *slog.Logger
}

// A Stage checks the manifests of a workspace; see [New].
type Stage struct {
	o      Options
	memory uint64 // bytes by which the heap may grow
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

// Run finds the manifests and evaluates every policy on every object. What
// cannot be read or evaluated is an error; the rest is reported nevertheless.
func (s *Stage) Run(ctx context.Context) (gate.Result, error) {
	found, err := manifest.Find(ctx, s.o.Tree, s.o.Manifests)
	if len(s.o.Manifests) == 0 {
		found.Objects = s.withoutConstraints(found.Objects)
	}
	res := gate.Result{Notes: found.Notes}
	if err == nil && len(found.Objects) == 0 && len(s.o.Manifests) == 0 {
		res.Skip = "no Kubernetes manifest in the tree"
		return res, nil
	}
	if err == nil && len(found.Objects) == 0 {
		err = errors.New("policy.manifests: no Kubernetes object in the files that were named")
	}
	loaded, loadErr := s.load(ctx, &res)
	if loadErr != nil {
		return res, errors.Join(err, loadErr)
	}
	res.Checked.Files, res.Checked.Objects, res.Checked.Rules = found.Files, len(found.Objects), loaded.rules()
	s.o.Log.Debug("evaluating policies", "objects", res.Checked.Objects, "rules", res.Checked.Rules)
	checks, evalErr := evaluate(ctx, s.o.Tree.Dir(), loaded.programs, found.Objects, s.memory)
	finder := newFinder(s.o.Tree, found.Objects)
	for _, c := range checks {
		res.Findings = append(res.Findings, finder.findings(c)...)
	}
	res.Notes = append(res.Notes, exceptionNotes(checks)...)
	var podErr error
	if loaded.pods != nil {
		var report podsecurity.Report
		report, podErr = loaded.pods.Check(ctx, found.Objects)
		res.Findings = append(res.Findings, finder.hide(report.Findings)...)
		res.Notes = append(res.Notes, report.Notes...)
	}
	gateErr := s.constraints(ctx, loaded.gates, found.Objects, &res)
	linkTwins(res.Findings)
	return res, errors.Join(err, evalErr, podErr, gateErr)
}

// constraints reviews the objects with Gatekeeper's constraints. What
// referential rules look at is every manifest of the workspace.
func (s *Stage) constraints(ctx context.Context, g *gatekeeper, objects []*manifest.Object, res *gate.Result) error {
	if g == nil {
		return nil
	}
	inventory := objects
	if len(s.o.Manifests) > 0 {
		if all, err := manifest.Find(ctx, s.o.Tree, nil); err != nil {
			res.Notes = append(res.Notes, "Gatekeeper: manifests that policy.manifests leaves out could not all be read, rules that look at other objects may miss some")
		} else {
			inventory = slices.Concat(s.withoutConstraints(all.Objects), objects)
		}
	}
	findings, err := g.check(ctx, objects, inventory, s.memory)
	res.Findings = append(res.Findings, newFinder(s.o.Tree, objects).hide(findings)...)
	return err
}

// withoutConstraints leaves out what stands in the folders of Gatekeeper's
// files: they are no workloads unless policy.manifests names them.
func (s *Stage) withoutConstraints(objects []*manifest.Object) []*manifest.Object {
	return slices.DeleteFunc(objects, func(o *manifest.Object) bool { return workspace.Match(s.o.Gatekeeper, o.Path) })
}

// exceptionNotes says what the policies' own exception rules let pass.
func exceptionNotes(checks []check) []string {
	var notes []string
	for _, c := range checks {
		for _, r := range c.excepted {
			notes = append(notes, fmt.Sprintf("%s: exception: %s does not count for %s", c.object.Path, r.id(), c.object))
		}
	}
	slices.Sort(notes)
	const most = 20
	if notes = slices.Compact(notes); len(notes) > most {
		notes = append(notes[:most], fmt.Sprintf("exception: and %d more", len(notes)-most))
	}
	return notes
}
