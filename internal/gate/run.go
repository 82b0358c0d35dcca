package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"
)

// stopGrace is how long a stage may take to return once its context has
// ended. After that the run goes on without it.
const stopGrace = 3 * time.Second

// A Step is a stage and whether the run may do without it.
type Step struct {
	Stage Stage
	// Required says that somebody named the stage: nothing to check is then an
	// error and not a reason to skip.
	Required bool
}

// A Plan is everything that a run needs.
type Plan struct {
	Steps     []Step
	Signer    Signer // nil: signing was not asked for
	Threshold Severity
	// StageTimeout ends each stage, counted from the start of its Run; its
	// Prepare has the same limit. 0: no limit.
	StageTimeout time.Duration
	// Source returns a line of a file of the workspace, or "". Nil: findings
	// carry no source text.
	Source func(path string, line int) string
	// LineHash returns the hash of a line, or "". Nil: findings have none.
	LineHash func(path string, line int) string
	// Waive returns why a finding of a stage does not count, nil if it counts;
	// images are those of the stage. Nil: every finding counts.
	Waive func(stage string, f Finding, images []Image) *Waiver
	// Now is the clock; nil means [time.Now].
	Now func() time.Time
	// Started and Finished, if set, are told of each stage, in order and from
	// one goroutine.
	Started  func(stage string)
	Finished func(StageReport)
	// Panicked, if set, gets the stack of a stage that panicked; it may be
	// called from any goroutine.
	Panicked func(stage string, value any, stack []byte)
}

// Run prepares all stages at once, runs them in order, then signs. A stage that
// fails does not stop the ones after it; only signing needs them all. A panic, a
// time-out and a cancelled context are errors of the stage they happen in. Run
// fills in everything of the report but Tool, Context and Provenance.Config.
func Run(ctx context.Context, p Plan) Report {
	if p.Now == nil {
		p.Now = time.Now
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := Report{Schema: Schema, Threshold: p.Threshold, Stages: []StageReport{}, Images: []Image{}}
	prepared := p.prepare(ctx)
	for i, step := range p.Steps {
		p.started(step.Stage.Name())
		begin := p.Now()
		res, err := p.guard(ctx, step.Stage.Name(), func(ctx context.Context) (Result, error) {
			if err := prepared[i](ctx); err != nil {
				return Result{}, err
			}
			return step.Stage.Run(ctx)
		})
		p.add(&r, p.judge(step.Stage.Name(), step.Required, res, err, p.Now().Sub(begin)), res)
	}
	if p.Signer != nil {
		s, res := p.sign(ctx, r, prepared[len(p.Steps)])
		p.add(&r, s, res)
	}
	verdicts := make([]Verdict, len(r.Stages))
	for i, s := range r.Stages {
		verdicts[i] = s.Verdict
	}
	r.Verdict = worst(verdicts)
	r.ExitCode = p.exitCode(ctx, r)
	return r
}

// prepare starts every Prepare and returns, for each step and then the signer,
// a function that waits for it.
func (p Plan) prepare(ctx context.Context) []func(context.Context) error {
	stages := make([]any, 0, len(p.Steps)+1)
	for _, s := range p.Steps {
		stages = append(stages, s.Stage)
	}
	stages = append(stages, p.Signer)
	waits := make([]func(context.Context) error, len(stages))
	for i, s := range stages {
		preparer, ok := s.(Preparer)
		if !ok {
			waits[i] = func(context.Context) error { return nil }
			continue
		}
		name := s.(interface{ Name() string }).Name()
		done := make(chan struct{})
		var err error
		go func() {
			defer close(done)
			_, err = p.guard(ctx, name, func(ctx context.Context) (Result, error) {
				return Result{}, preparer.Prepare(ctx)
			})
		}()
		waits[i] = func(ctx context.Context) error {
			select {
			case <-done:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return waits
}

// guard calls f with the stage's deadline. It turns a panic, a time-out and a
// cancelled run into an error, and comes back soon after the context has ended
// even if f does not.
func (p Plan) guard(ctx context.Context, name string, f func(context.Context) (Result, error)) (Result, error) {
	if p.StageTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.StageTimeout)
		defer cancel()
	}
	if ctx.Err() != nil {
		return Result{}, ended(ctx)
	}
	type outcome struct {
		res Result
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if v := recover(); v != nil {
				if p.Panicked != nil {
					p.Panicked(name, v, debug.Stack())
				}
				o = outcome{err: fmt.Errorf("internal error: the %s stage panicked: %v", name, v)}
			}
			done <- o
		}()
		o.res, o.err = f(ctx)
	}()
	var o outcome
	select {
	case o = <-done:
	case <-ctx.Done():
		grace := time.NewTimer(stopGrace)
		defer grace.Stop()
		select {
		case o = <-done:
		case <-grace.C:
		}
	}
	if ctx.Err() != nil {
		return o.res, errors.Join(ended(ctx), otherThan(ctx, o.err))
	}
	return o.res, o.err
}

// otherThan returns what is left of a stage's error without its own words for
// the end of the context.
func otherThan(ctx context.Context, err error) error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // the outermost error itself
	switch {
	case ok:
		var rest []error
		for _, e := range joined.Unwrap() {
			rest = append(rest, otherThan(ctx, e))
		}
		return errors.Join(rest...)
	case errors.Is(err, ctx.Err()), errors.Is(err, context.Cause(ctx)):
		return nil
	}
	return err
}

// ended says why the context ended, in the words of a report.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("timeout: the stage did not finish in time")
	}
	return Interrupt(0)
}

// add takes a stage's outcome into the report and tells the observer. Images
// that the report knows already, by digest, get only their signature.
func (p Plan) add(r *Report, s StageReport, res Result) {
	r.Stages = append(r.Stages, s)
	r.Provenance.merge(res.Provenance)
	for _, image := range res.Images {
		known := slices.IndexFunc(r.Images, func(i Image) bool {
			return i.Digest == image.Digest && i.Reference == image.Reference
		})
		if known >= 0 {
			r.Images[known].Signature = image.Signature
			continue
		}
		r.Images = append(r.Images, image)
	}
	slices.SortStableFunc(r.Images, func(a, b Image) int {
		return cmp.Or(cmp.Compare(a.Reference, b.Reference), cmp.Compare(a.Digest, b.Digest))
	})
	if p.Finished != nil {
		p.Finished(s)
	}
}

func (p Plan) started(stage string) {
	if p.Started != nil {
		p.Started(stage)
	}
}
