package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// judge turns what a stage returned into its verdict.
func (p Plan) judge(name string, required bool, res Result, err error, took time.Duration) StageReport {
	s := StageReport{
		Name:     name,
		Checked:  res.Checked,
		Findings: normalize(res.Findings),
		Notes:    res.Notes,
		Duration: took.Milliseconds(),
	}
	p.addSource(s.Findings)
	p.waive(name, s.Findings, res.Images)
	for i := range res.Images {
		err = errors.Join(err, p.judgeImage(&res.Images[i], s.Findings))
	}
	switch nothing := res.Checked.nothing(); {
	case err != nil:
		s.fail(err)
	case res.Skip != "" && !required:
		s.Verdict, s.Reason = Skipped, res.Skip
	case res.Skip != "":
		s.fail(errors.New(res.Skip))
	case p.closed(s.Findings, res.Images):
		s.Verdict = Failed
	case nothing != "":
		s.fail(errors.New(nothing))
	default:
		s.Verdict = Passed
	}
	return s
}

// closed reports whether a finding blocks or a platform failed.
func (p Plan) closed(findings []Finding, images []Image) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Blocks(p.Threshold) }) ||
		slices.ContainsFunc(images, func(i Image) bool {
			return slices.ContainsFunc(i.Platforms, func(p Platform) bool { return p.Verdict == Failed })
		})
}

// judgeImage fails each platform that has a blocking finding, and returns an
// error for each that could not be decided.
func (p Plan) judgeImage(image *Image, findings []Finding) error {
	slices.SortStableFunc(image.Platforms, func(a, b Platform) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Digest, b.Digest))
	})
	var errs []error
	for i := range image.Platforms {
		platform := &image.Platforms[i]
		on := func(f Finding) bool {
			return f.Blocks(p.Threshold) && f.Image == image.Digest && slices.Contains(f.Platforms, platform.Name)
		}
		switch {
		case platform.Verdict == Passed && slices.ContainsFunc(findings, on):
			platform.Verdict = Failed
		case platform.Verdict == Error:
			errs = append(errs, image.unscanned(*platform))
		}
	}
	return errors.Join(errs...)
}

// unscanned is the error of a platform, at each place that names the image.
func (i Image) unscanned(p Platform) error {
	err := fmt.Errorf("%s: platform %s was not scanned: %s", i.Reference, p.Name, cmp.Or(p.Reason, "no reason given"))
	places, hint := i.Named, ""
	var check *CheckError
	if errors.As(p.Failure, &check) {
		if hint = check.Hint; check.Location.Path != "" {
			places = []Location{check.Location}
		}
	}
	if len(places) == 0 {
		places = []Location{{}}
	}
	var errs []error
	for _, at := range places {
		errs = append(errs, &CheckError{Location: at, Err: err, Hint: hint})
	}
	return errors.Join(errs...)
}

// fail makes the stage's verdict Error.
func (s *StageReport) fail(err error) {
	s.Verdict, s.Failures = Error, Failures(err)
	var refusal *Refusal
	s.refused = errors.As(err, &refusal)
	if len(s.Failures) > 0 {
		s.Error = s.Failures[0].String()
	}
}

// waive marks the findings that do not count. One that does not count already
// keeps its reason.
func (p Plan) waive(stage string, findings []Finding, images []Image) {
	if p.Waive == nil {
		return
	}
	for i := range findings {
		f := &findings[i]
		if w := p.Waive(stage, *f, images); w != nil && f.Status != Waived {
			f.Status, f.Waiver = Waived, w
		}
	}
}

func (p Plan) addSource(findings []Finding) {
	for i := range findings {
		f := &findings[i]
		if f.Sensitive || f.Line < 1 {
			continue
		}
		if p.Source != nil {
			f.Source = p.Source(f.Path, f.Line)
		}
		if p.LineHash != nil {
			f.LineHash = p.LineHash(f.Path, f.Line)
		}
	}
}

// exitCode is the rule of DESIGN 3: the first of 2, 3, 1, 4 wins, and a
// cancelled run says by which signal.
func (p Plan) exitCode(ctx context.Context, r Report) int {
	var interrupt Interrupt
	if r.Verdict == Error && errors.As(context.Cause(ctx), &interrupt) {
		return int(interrupt)
	}
	code := ExitPassed
	for _, s := range r.Stages {
		code = precedence(code, p.stageCode(s))
	}
	if code == ExitPassed && r.Verdict != Passed {
		return ExitIncomplete // every stage was skipped
	}
	return code
}

// stageCode is the exit code that one stage asks for.
func (p Plan) stageCode(s StageReport) int {
	switch {
	case s.Verdict == Error && s.refused:
		return ExitUsage
	case s.Verdict == Error && p.Signer != nil && s.Name == p.Signer.Name():
		return ExitUnsigned
	case s.Verdict == Error:
		return ExitIncomplete
	case s.Verdict == Failed:
		return ExitFailed
	}
	return ExitPassed
}

// precedence returns the exit code that wins.
func precedence(a, b int) int {
	order := []int{ExitUsage, ExitIncomplete, ExitFailed, ExitUnsigned, ExitPassed}
	return order[min(slices.Index(order, a), slices.Index(order, b))]
}

// sign runs the signer if the checks allow it. A context that refuses is told
// even when there is nothing to sign.
func (p Plan) sign(ctx context.Context, r Report, prepared func(context.Context) error) (StageReport, Result) {
	p.started(p.Signer.Name())
	begin := p.Now()
	reason := p.unsigned(r)
	res, err := p.guard(ctx, p.Signer.Name(), func(ctx context.Context) (Result, error) {
		err := prepared(ctx)
		var refusal *Refusal
		partly := unlooked(r)
		switch {
		case partly != nil && ctx.Err() == nil:
			return Result{}, partly
		case errors.As(err, &refusal), reason == "" && err != nil:
			return Result{}, err
		case reason != "":
			return Result{Skip: reason}, nil
		case len(r.Images) == 0:
			return Result{}, errors.New("no image was scanned: there is nothing to sign")
		}
		return p.Signer.Sign(ctx, r)
	})
	return p.judge(p.Signer.Name(), false, res, err, p.Now().Sub(begin)), res
}

// unlooked refuses to sign an image of which a platform was left out: what is
// signed must have been scanned.
func unlooked(r Report) error {
	for _, image := range r.Images {
		if names := image.LeftOut(); len(names) > 0 {
			return &Refusal{
				Reason: fmt.Sprintf("%s is not signed, because %s of it was left out by scan.platforms: what is signed must be scanned",
					image.Reference, strings.Join(names, ", ")),
				Hint: "remove scan.platforms, or sign one platform: name it with --images by its own digest",
			}
		}
	}
	return nil
}

// unsigned says which check forbids to sign, or returns "". A signature needs
// every required stage to have passed, no other stage to have failed, and every
// platform of every image to have passed.
func (p Plan) unsigned(r Report) string {
	for i, step := range p.Steps {
		v := r.Stages[i].Verdict
		if v == Passed || v == Skipped && !step.Required {
			continue
		}
		return fmt.Sprintf("the %s stage did not pass: %s", step.Stage.Name(), v)
	}
	for _, image := range r.Images {
		if !image.Passed() {
			return fmt.Sprintf("not every platform of %s passed", image.Reference)
		}
	}
	return ""
}
