// Package dockerfile is the stage that checks Dockerfiles: hadolint's rules by
// their ids, one file each, on the model of package syntax.
package dockerfile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Name is the stage's name.
const Name = "dockerfile"

// Options are what the stage is given.
type Options struct {
	Tree *workspace.Tree
	// Files are globs of the files to check. Empty means every file of the tree
	// whose name says that it is a Dockerfile.
	Files []string
	// Ignore are ids of rules that are not applied. Ids that this version does
	// not know are allowed.
	Ignore []string
	// Severity overrides the severity of rules, and switches on those that are
	// off by default.
	Severity map[string]gate.Severity
	// TrustedRegistries are the registries that images may come from; empty
	// means any.
	TrustedRegistries []string
	// Labels are the labels that every image must have, with the type of their
	// values: email, hash, rfc3339, semver, spdx, text or url.
	Labels map[string]string
	// StrictLabels refuses labels that are not in Labels.
	StrictLabels bool
	// DisableIgnorePragma makes "hadolint ignore=" comments have no effect.
	DisableIgnorePragma bool
	Log                 *slog.Logger // nil: no log
}

// A Stage checks Dockerfiles.
type Stage struct {
	options Options
	rules   []rule // those that apply, sorted by id, with their severity
}

// New returns the stage.
func New(o Options) *Stage {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Stage{options: o}
	for _, r := range registry {
		severity, set := o.Severity[r.ID]
		if set && !r.mandatory {
			r.Severity = severity
		}
		if r.mandatory || (set || !r.off) && !slices.Contains(o.Ignore, r.ID) {
			s.rules = append(s.rules, r)
		}
	}
	slices.SortFunc(s.rules, func(a, b rule) int { return strings.Compare(a.ID, b.ID) })
	return s
}

// Name returns [Name].
func (s *Stage) Name() string { return Name }

// Run checks the Dockerfiles of the tree. A file that cannot be read is an
// error, one that BuildKit refuses a finding; neither stops the others.
func (s *Stage) Run(ctx context.Context) (gate.Result, error) {
	files, err := s.discover(ctx)
	if err != nil {
		return gate.Result{}, err
	}
	if len(files.names)+len(files.refused) == 0 {
		return gate.Result{Skip: s.nothing(), Notes: files.notes()}, nil
	}
	linted := make([]linted, len(files.names))
	parallel(ctx, len(files.names), func(i int) { linted[i] = s.lint(files.names[i]) })
	if err := ctx.Err(); err != nil {
		return gate.Result{}, err
	}
	res := gate.Result{Notes: files.notes()}
	errs := files.refused
	for _, l := range linted {
		res.Findings = append(res.Findings, l.findings...)
		res.Notes = append(res.Notes, l.notes...)
		errs = append(errs, l.err)
		if l.read {
			res.Checked.Files++
		}
	}
	if res.Checked.Files > 0 {
		res.Checked.Rules = len(s.rules)
	} else {
		errs = append(errs, errors.New("no Dockerfile could be read"))
	}
	slices.SortStableFunc(res.Findings, gate.Compare)
	return res, errors.Join(errs...)
}

// nothing says why there is nothing to check.
func (s *Stage) nothing() string {
	if len(s.options.Files) == 0 {
		return "no Dockerfile in the tree"
	}
	return fmt.Sprintf("no file matches %q", s.options.Files)
}

// parallel calls f for 0 to n-1 from as many goroutines as there are
// processors, until the context ends.
func parallel(ctx context.Context, n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
