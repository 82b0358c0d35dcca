package policy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/policy/podsecurity"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// An inspection is one run over the manifests of a workspace. Each file is
// judged by everything that applies, and forgotten: what is kept is what was
// found, and the objects that other objects are judged by.
type inspection struct {
	o       Options
	ctx     context.Context //nolint:containedctx // an inspection lives as long as one call of Run
	workers chan *worker
	court   *podsecurity.Court // nil: no level is demanded
	session *session           // nil: no constraint
	keep    bool               // policies want all objects at once

	mu      sync.Mutex
	reports []fileReport
	kept    []*manifest.Object
	checked gate.Checked
}

// A fileReport is what is said about one file.
type fileReport struct {
	path     string
	findings []gate.Finding
	notes    []string
	errs     []error
}

// inspect prepares an inspection with as many workers as run at once.
func (s *Stage) inspect(ctx context.Context, a applied, known surroundings) (*inspection, error) {
	n := &inspection{o: s.o, ctx: ctx, workers: make(chan *worker, runtime.GOMAXPROCS(0)), keep: a.combines()}
	var errs []error
	var err error
	if a.pods != nil {
		n.court, err = a.pods.In(known.namespaces)
		errs = append(errs, err)
	}
	if a.gates != nil {
		n.session, err = a.gates.open(ctx, known)
		errs = append(errs, err)
	}
	shared, err := workers(a.programs)
	if err != nil {
		return nil, err
	}
	for range cap(n.workers) {
		w, err := shared.own(ctx, s.o.Tree.Dir())
		if err != nil {
			return nil, err
		}
		n.workers <- w
	}
	return n, errors.Join(errs...)
}

// visit judges the objects of one file.
func (n *inspection) visit(objects []*manifest.Object) error {
	if !n.o.inScope(objects[0].Path) {
		return nil
	}
	w := <-n.workers
	defer func() { n.workers <- w }()
	r := fileReport{path: objects[0].Path}
	f := newFinder(n.o.Tree, objects)
	for _, o := range objects {
		c := w.check(n.ctx, o)
		r.findings = append(r.findings, f.findings(c)...)
		r.notes = append(r.notes, c.exceptionNotes()...)
		r.errs = append(r.errs, c.err)
		n.judge(&r, o, f)
		if n.ctx.Err() != nil {
			return context.Cause(n.ctx)
		}
	}
	linkTwins(r.findings)
	n.add(r, objects)
	return nil
}

// judge asks the other engines about an object.
func (n *inspection) judge(r *fileReport, o *manifest.Object, f finder) {
	if n.court != nil {
		found, err := n.court.Check(o)
		r.findings, r.errs = append(r.findings, f.hide(found)...), append(r.errs, err)
	}
	if n.session != nil {
		found, errs := n.session.check(n.ctx, o)
		r.findings, r.errs = append(r.findings, f.hide(found)...), append(r.errs, errs...)
	}
}

func (n *inspection) add(r fileReport, objects []*manifest.Object) {
	r.errs = slices.DeleteFunc(r.errs, func(err error) bool { return err == nil })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.checked.Files++
	n.checked.Objects += len(objects)
	if len(r.findings)+len(r.notes)+len(r.errs) > 0 {
		n.reports = append(n.reports, r)
	}
	if n.keep {
		n.kept = append(n.kept, objects...)
	}
}

// combined asks the policies that want all objects at once.
func (n *inspection) combined() error {
	if !n.keep || len(n.kept) == 0 {
		return nil
	}
	slices.SortStableFunc(n.kept, func(a, b *manifest.Object) int { return cmp.Compare(a.Path, b.Path) })
	w := <-n.workers
	defer func() { n.workers <- w }()
	r := fileReport{errs: []error{}}
	f := newFinder(n.o.Tree, n.kept)
	c := w.checkCombined(n.ctx, n.kept)
	r.findings = f.combinedFindings(c, n.kept)
	r.notes, r.errs = c.exceptionNotes(), []error{c.err}
	n.add(r, nil)
	n.checked.Files-- // not one more file
	return context.Cause(n.ctx)
}

// result puts together what was said, in the order of the files.
func (n *inspection) result(res *gate.Result) error {
	slices.SortFunc(n.reports, func(a, b fileReport) int { return cmp.Compare(a.path, b.path) })
	var notes []string
	var errs []error
	for _, r := range n.reports {
		res.Findings = append(res.Findings, r.findings...)
		notes, errs = append(notes, r.notes...), append(errs, r.errs...)
	}
	res.Notes = append(res.Notes, shortened(notes)...)
	if n.court != nil {
		notes, err := n.court.Notes()
		res.Notes, errs = append(res.Notes, notes...), append(errs, err)
	}
	return distinct(errs)
}

// inScope reports whether the objects of a file are judged. What stands in the
// folders of Gatekeeper's files is no workload unless policy.manifests names it.
func (o Options) inScope(path string) bool {
	return len(o.Manifests) > 0 || !workspace.Match(o.Gatekeeper, path)
}

// exceptionNotes says what the policies' own exception rules let pass.
func (c check) exceptionNotes() []string {
	var notes []string
	for _, r := range c.excepted {
		if c.object == nil {
			notes = append(notes, fmt.Sprintf("exception: %s does not count", r.id()))
			continue
		}
		notes = append(notes, fmt.Sprintf("%s: exception: %s does not count for %s", c.object.Path, r.id(), c.object))
	}
	return notes
}

// shortened sorts notes about exceptions and keeps the first.
func shortened(notes []string) []string {
	const most = 20
	slices.Sort(notes)
	if notes = slices.Compact(notes); len(notes) > most {
		notes = append(notes[:most], fmt.Sprintf("exception: and %d more", len(notes)-most))
	}
	return notes
}

// count counts what is not judged, because no policy can be applied.
func (n *inspection) count(objects []*manifest.Object) {
	if n.o.inScope(objects[0].Path) {
		n.add(fileReport{}, objects)
	}
}
