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
	"time"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/shellcheck"
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
	// Mandatory are ids of rules that no comment in a Dockerfile suppresses.
	Mandatory []string
	// Base returns the bytes of a file of the tree as they are in the commit
	// that a change is for; its error is [fs.ErrNotExist] where there is none.
	// Comments that suppress findings and are not there do not open the gate.
	// Nil: there is no change.
	Base func(name string) ([]byte, error)
	// DisableIgnorePragma makes "hadolint ignore=" comments have no effect.
	DisableIgnorePragma bool
	// ShellCheck says whether the scripts of RUN go to the program of that name:
	// "auto" if it is there, "required", or "off", which "" means too.
	ShellCheck string
	// ShellCheckPath is where the program is; "": it is not installed.
	ShellCheckPath string
	// Now is the clock by which the support of base images ends; nil: time.Now.
	Now func() time.Time
	Log *slog.Logger // nil: no log
}

// shellTimeout is how long ShellCheck may take for the scripts of some files;
// they take it a fraction of a second.
const shellTimeout = time.Minute

// A Stage checks Dockerfiles.
type Stage struct {
	options Options
	rules   []rule              // those that apply, sorted by id, with their severity
	shell   *shellcheck.Program // nil: scripts are not checked by it
}

// New returns the stage.
func New(o Options) *Stage {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Stage{options: o}
	if o.ShellCheckPath != "" && (o.ShellCheck == "auto" || o.ShellCheck == "required") {
		s.shell = shellcheck.New(o.ShellCheckPath, shellTimeout)
	}
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
	checked := s.all(ctx, files.names)
	if err := ctx.Err(); err != nil {
		return gate.Result{}, err
	}
	return s.result(files, checked)
}

// batch is how many files a worker checks together, at most: enough to start
// ShellCheck seldom, and few enough to be held in memory.
const batch = 64

// alone is how many files a worker checks together that start nothing: the model
// of a file is let go soon, and there is less for the collector to look at.
const alone = 4

// all checks the files, some at a time.
func (s *Stage) all(ctx context.Context, names []string) []*checked {
	workers := runtime.GOMAXPROCS(0)
	size := min(batch, (len(names)+workers-1)/workers)
	if s.shell == nil {
		size = min(size, alone)
	}
	batches := slices.Collect(slices.Chunk(names, max(size, 1)))
	done := make([][]*checked, len(batches))
	parallel(ctx, len(batches), func(i int) { done[i] = s.lint(ctx, batches[i]) })
	return slices.Concat(done...)
}

// result puts the outcomes of the files together.
func (s *Stage) result(files discovered, all []*checked) (gate.Result, error) {
	res := gate.Result{Notes: files.notes()}
	note, err := s.shellMissing()
	if note != "" {
		res.Notes = append(res.Notes, note)
	}
	errs := append([]error{err, s.unknownMandatory()}, files.refused...)
	total := 0
	for _, c := range all {
		total += len(c.findings)
	}
	res.Findings = slices.Grow(res.Findings, total)
	for _, c := range all { // in the order of their names, each sorted
		res.Findings = append(res.Findings, c.findings...)
		c.findings = nil
		res.Notes = append(res.Notes, c.notes...)
		errs = append(errs, c.err)
		if c.instructions > 0 {
			res.Checked.Files++
		}
	}
	if res.Checked.Files > 0 {
		res.Checked.Rules = len(s.rules)
	} else {
		errs = append(errs, errors.New("no Dockerfile could be read"))
	}
	return res, errors.Join(errs...)
}

// unknownMandatory is an error for a name under mandatory that no rule has: the
// rule that was meant can be suppressed.
func (s *Stage) unknownMandatory() error {
	var errs []error
	for _, id := range s.options.Mandatory {
		if _, known := registry[id]; !known && !strings.HasPrefix(id, "SC") {
			errs = append(errs, &gate.CheckError{
				Err:  fmt.Errorf("dockerfile.mandatory: there is no rule %q", id),
				Hint: "`portcullis rules` lists them",
			})
		}
	}
	return errors.Join(errs...)
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
