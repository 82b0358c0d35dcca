package gate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// checked is what a stage that did its work counts.
var checked = gate.Checked{Files: 1, Rules: 1}

// stage is a stage made of functions.
type stage struct {
	name    string
	run     func(context.Context) (gate.Result, error)
	prepare func(context.Context) error
}

func (s stage) Name() string                                 { return s.name }
func (s stage) Run(ctx context.Context) (gate.Result, error) { return s.run(ctx) }
func (s stage) Prepare(ctx context.Context) error {
	if s.prepare == nil {
		return nil
	}
	return s.prepare(ctx)
}

// signer records what it was asked to sign.
type signer struct {
	prepare error
	signed  []string
	err     error
}

func (*signer) Name() string                    { return "sign" }
func (s *signer) Prepare(context.Context) error { return s.prepare }
func (s *signer) Sign(_ context.Context, r gate.Report) (gate.Result, error) {
	if s.err != nil {
		return gate.Result{}, s.err
	}
	res := gate.Result{Checked: gate.Checked{Images: len(r.Images), Rules: 1}}
	for _, image := range r.Images {
		s.signed = append(s.signed, image.Digest)
		image.Signature = &gate.Signature{Digest: image.Digest, Verified: true}
		res.Images = append(res.Images, image)
	}
	return res, nil
}

func finding(s gate.Severity) gate.Finding {
	return gate.Finding{Rule: "PC1001", Severity: s, Message: "m", Location: gate.Location{Path: "a.yaml", Range: gate.Range{Line: 1}}}
}

// outcomes are the ways in which a stage can end, by name.
var outcomes = map[string]func(context.Context) (gate.Result, error){
	"pass": func(context.Context) (gate.Result, error) { return gate.Result{Checked: checked}, nil },
	"fail": func(context.Context) (gate.Result, error) {
		return gate.Result{Checked: checked, Findings: []gate.Finding{finding(gate.High)}}, nil
	},
	"error": func(context.Context) (gate.Result, error) { return gate.Result{Checked: checked}, errors.New("boom") },
	"timeout": func(ctx context.Context) (gate.Result, error) {
		<-ctx.Done()
		return gate.Result{Checked: checked}, nil // claims to have passed all the same
	},
	"skipped":   func(context.Context) (gate.Result, error) { return gate.Result{Skip: "nothing in the tree"}, nil },
	"nothing":   func(context.Context) (gate.Result, error) { return gate.Result{}, nil },
	"no rule":   func(context.Context) (gate.Result, error) { return gate.Result{Checked: gate.Checked{Files: 1}}, nil },
	"cancelled": func(context.Context) (gate.Result, error) { return gate.Result{}, context.Canceled },
	"panicked":  func(context.Context) (gate.Result, error) { panic("boom") },
	"low": func(context.Context) (gate.Result, error) {
		return gate.Result{Checked: checked, Findings: []gate.Finding{finding(gate.Low)}}, nil
	},
}

// TestR03 goes through every combination of the outcomes of two stages, each
// required or not, and of the scan stage: a signature is made if and only if
// every required stage passed and no other one failed.
func TestR03SignsOnlyWhenAllPassed(t *testing.T) {
	names := make([]string, 0, len(outcomes))
	for name := range outcomes {
		names = append(names, name)
	}
	slices.Sort(names)
	platforms := map[string]gate.Verdict{"passed": gate.Passed, "failed": gate.Failed, "error": gate.Error, "skipped": gate.Skipped}
	for _, a := range names {
		for _, b := range names {
			for _, required := range []bool{true, false} {
				for platform, verdict := range platforms {
					t.Run(fmt.Sprintf("%s,%s,%v,%s", a, b, required, platform), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { testR03(t, a, b, required, verdict) })
					})
				}
			}
		}
	}
}

func testR03(t *testing.T, a, b string, required bool, platform gate.Verdict) {
	scan := func(context.Context) (gate.Result, error) {
		return gate.Result{
			Checked: gate.Checked{Images: 1, Rules: 1},
			Images: []gate.Image{{Reference: "r", Digest: "sha256:1", Platforms: []gate.Platform{
				{Name: "linux/amd64", Verdict: gate.Passed}, {Name: "linux/arm64", Verdict: platform},
			}}},
		}, nil
	}
	s := &signer{}
	r := gate.Run(t.Context(), gate.Plan{
		Steps: []gate.Step{
			{Stage: stage{name: "policy", run: outcomes[a]}, Required: required},
			{Stage: stage{name: "dockerfile", run: outcomes[b]}, Required: required},
			{Stage: stage{name: "scan", run: scan}, Required: true},
		},
		Signer: s, Threshold: gate.High, StageTimeout: time.Minute,
	})
	good := func(outcome string) bool {
		return outcome == "pass" || outcome == "low" || outcome == "skipped" && !required
	}
	want := good(a) && good(b) && (platform == gate.Passed || platform == gate.Skipped)
	if got := len(s.signed) > 0; got != want {
		t.Errorf("signed is %v, want %v", got, want)
	}
	if got := r.Verdict == gate.Passed; got != want {
		t.Errorf("verdict is %v, signed is %v", r.Verdict, want)
	}
	if (r.ExitCode == gate.ExitPassed) != want {
		t.Errorf("exit code is %d, signed is %v", r.ExitCode, want)
	}
}

func TestR03MissingScan(t *testing.T) {
	s := &signer{}
	r := gate.Run(t.Context(), gate.Plan{Steps: []gate.Step{{Stage: stage{name: "policy", run: outcomes["pass"]}}}, Signer: s})
	if got, _ := r.Stage("sign"); len(s.signed) != 0 || got.Error != "no image was scanned: there is nothing to sign" {
		t.Errorf("signed %q, error %q", s.signed, got.Error)
	}
	if r.ExitCode != gate.ExitUnsigned {
		t.Errorf("exit code %d, want %d", r.ExitCode, gate.ExitUnsigned)
	}
}

// TestR03Zero holds that whatever nobody filled in has not passed.
func TestR03ZeroIsError(t *testing.T) {
	var r gate.Report
	if r.Verdict != gate.Error || (gate.StageReport{}).Verdict != gate.Error || (gate.Platform{}).Verdict != gate.Error || (gate.Image{}).Passed() {
		t.Error("a zero value passes")
	}
	if r := gate.Run(t.Context(), gate.Plan{}); r.Verdict != gate.Error || r.ExitCode != gate.ExitIncomplete {
		t.Errorf("a run without stages is %v, exit code %d", r.Verdict, r.ExitCode)
	}
}

// TestR15 holds that a required stage without anything to check is an error,
// and that one which nobody named is skipped with its reason.
func TestR15NothingToCheck(t *testing.T) {
	for _, tc := range []struct {
		outcome  string
		required bool
		want     gate.Verdict
		says     string
	}{
		{"skipped", false, gate.Skipped, "nothing in the tree"},
		{"skipped", true, gate.Error, "nothing in the tree"},
		{"nothing", false, gate.Error, "nothing was checked"},
		{"no rule", false, gate.Error, "no rule was applied"},
	} {
		r := gate.Run(t.Context(), gate.Plan{Steps: []gate.Step{{Stage: stage{name: "policy", run: outcomes[tc.outcome]}, Required: tc.required}}})
		if s := r.Stages[0]; s.Verdict != tc.want || s.Error+s.Reason != tc.says {
			t.Errorf("%s, required %v: %v %q", tc.outcome, tc.required, s.Verdict, s.Error+s.Reason)
		}
		if r.ExitCode != gate.ExitIncomplete {
			t.Errorf("%s, required %v: exit code %d", tc.outcome, tc.required, r.ExitCode)
		}
	}
}

func TestExitCodes(t *testing.T) {
	images := func(context.Context) (gate.Result, error) {
		return gate.Result{Checked: gate.Checked{Images: 1, Rules: 1}, Images: []gate.Image{{Platforms: []gate.Platform{{Verdict: gate.Passed}}}}}, nil
	}
	refusal := &gate.Refusal{Reason: "a pull request does not sign", Hint: "push"}
	for _, tc := range []struct {
		name   string
		policy string
		signer *signer
		want   int
	}{
		{"passed", "pass", nil, 0},
		{"signed", "pass", &signer{}, 0},
		{"failed", "fail", nil, 1},
		{"failed, nothing to sign", "fail", &signer{}, 1},
		{"error", "error", nil, 3},
		{"signing failed", "pass", &signer{err: errors.New("503")}, 4},
		{"signing failed early", "pass", &signer{prepare: errors.New("no key")}, 4},
		{"failed wins over unsigned", "fail", &signer{prepare: errors.New("no key")}, 1},
		{"refused", "pass", &signer{prepare: refusal}, 2},
		{"refusal wins over failed", "fail", &signer{prepare: refusal}, 2},
		{"refusal wins over error", "error", &signer{prepare: refusal}, 2},
	} {
		p := gate.Plan{Threshold: gate.High, Steps: []gate.Step{
			{Stage: stage{name: "policy", run: outcomes[tc.policy]}}, {Stage: stage{name: "scan", run: images}},
		}}
		if tc.signer != nil {
			p.Signer = tc.signer
		}
		if r := gate.Run(t.Context(), p); r.ExitCode != tc.want {
			t.Errorf("%s: exit code %d, want %d", tc.name, r.ExitCode, tc.want)
		}
	}
}

// TestR53 holds that a run comes back soon after a signal even where a stage
// does not listen, says so, and signs nothing.
func TestR53Cancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		deaf := make(chan struct{})
		defer close(deaf)
		s := &signer{}
		time.AfterFunc(time.Second, func() { cancel(gate.Interrupt(gate.ExitTerminate)) })
		begin := time.Now()
		r := gate.Run(ctx, gate.Plan{Signer: s, Steps: []gate.Step{
			{Stage: stage{name: "policy", run: func(context.Context) (gate.Result, error) { <-deaf; return gate.Result{Checked: checked}, nil }}},
			{Stage: stage{name: "dockerfile", run: outcomes["pass"]}},
		}})
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("the run took %v", took)
		}
		if r.ExitCode != 143 || r.Verdict != gate.Error || len(s.signed) != 0 {
			t.Errorf("exit code %d, verdict %v, signed %q", r.ExitCode, r.Verdict, s.signed)
		}
		for _, s := range r.Stages[:2] {
			if s.Verdict != gate.Error || s.Error != "cancelled" {
				t.Errorf("%s: %v %q", s.Name, s.Verdict, s.Error)
			}
		}
	})
}

// TestR54 holds that a stage that hangs is an error and the others still report.
func TestR54Timeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		defer close(hang)
		r := gate.Run(t.Context(), gate.Plan{StageTimeout: time.Minute, Steps: []gate.Step{
			{Stage: stage{name: "policy", run: func(context.Context) (gate.Result, error) { <-hang; return gate.Result{}, nil }}},
			{Stage: stage{name: "dockerfile", run: outcomes["pass"], prepare: func(context.Context) error { return nil }}},
			{Stage: stage{name: "scan", run: outcomes["pass"], prepare: func(context.Context) error { <-hang; return nil }}},
		}})
		want := []gate.Verdict{gate.Error, gate.Passed, gate.Error}
		for i, s := range r.Stages {
			if s.Verdict != want[i] {
				t.Errorf("%s is %v, want %v", s.Name, s.Verdict, want[i])
			}
			if s.Verdict == gate.Error && !strings.HasPrefix(s.Error, "timeout: ") {
				t.Errorf("%s says %q", s.Name, s.Error)
			}
		}
	})
}

// TestCancelledSaysItOnce holds that a stage's own words for a cancelled context
// are left out, and that nothing else of its error is.
func TestCancelledSaysItOnce(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	r := gate.Run(ctx, gate.Plan{Steps: []gate.Step{{Stage: stage{name: "scan", run: func(ctx context.Context) (gate.Result, error) {
		cancel(gate.Interrupt(gate.ExitInterrupt))
		return gate.Result{}, errors.Join(fmt.Errorf("fetching: %w", ctx.Err()), errors.Join(context.Cause(ctx)), errors.New("disk full"))
	}}}}})
	var got []string
	for _, f := range r.Stages[0].Failures {
		got = append(got, f.Message)
	}
	if want := []string{"cancelled", "disk full"}; !slices.Equal(got, want) {
		t.Errorf("failures are %q, want %q", got, want)
	}
}

// TestR56 holds that a panic is the stage's error and nobody else's.
func TestR56Panic(t *testing.T) {
	var mu sync.Mutex
	var stacks []string
	r := gate.Run(t.Context(), gate.Plan{
		Panicked: func(stage string, value any, stack []byte) {
			mu.Lock()
			defer mu.Unlock()
			stacks = append(stacks, fmt.Sprintf("%s %v %s", stage, value, stack))
		},
		Steps: []gate.Step{
			{Stage: stage{name: "policy", run: outcomes["panicked"]}},
			{Stage: stage{name: "dockerfile", run: outcomes["pass"]}},
			{Stage: stage{name: "scan", run: outcomes["pass"], prepare: func(context.Context) error { panic("early") }}},
		},
	})
	for i, want := range []string{"internal error: the policy stage panicked: boom", "", "internal error: the scan stage panicked: early"} {
		if r.Stages[i].Error != want {
			t.Errorf("%s says %q, want %q", r.Stages[i].Name, r.Stages[i].Error, want)
		}
	}
	if len(stacks) != 2 || !strings.Contains(strings.Join(stacks, ""), "run_test.go") {
		t.Errorf("stacks are %q", stacks)
	}
}

// TestPrepareRunsAtOnce holds that what takes time is started for all stages
// before the first one runs.
func TestPrepareRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(context.Context) error { time.Sleep(time.Minute); return nil }
		slow := func(ctx context.Context) (gate.Result, error) { time.Sleep(time.Minute); return outcomes["pass"](ctx) }
		begin := time.Now()
		r := gate.Run(t.Context(), gate.Plan{Steps: []gate.Step{
			{Stage: stage{name: "policy", run: slow}},
			{Stage: stage{name: "dockerfile", run: outcomes["pass"], prepare: wait}},
			{Stage: stage{name: "scan", run: outcomes["pass"], prepare: wait}},
		}})
		if took := time.Since(begin); took != time.Minute || r.Verdict != gate.Passed {
			t.Errorf("took %v, verdict %v", took, r.Verdict)
		}
	})
}
