package sign

import (
	"context"
	"errors"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A scan is a stage that returns what it is told to.
type scan struct {
	result gate.Result
	err    error
}

func (scan) Name() string                               { return "scan" }
func (s scan) Run(context.Context) (gate.Result, error) { return s.result, s.err }

var (
	_ gate.Signer   = (*Stage)(nil)
	_ gate.Preparer = (*Stage)(nil)
)

// The stage under the gate itself: what was scanned is what is signed, and
// without a pass there is no signature and no write.
func TestR03UnderTheGate(t *testing.T) {
	tests := map[string]struct {
		change func(*scan, *Options)
		exit   int
	}{
		"passed":   {func(*scan, *Options) {}, gate.ExitPassed},
		"failed":   {func(s *scan, _ *Options) { s.result.Findings[0].Severity = gate.Critical }, gate.ExitFailed},
		"errored":  {func(s *scan, _ *Options) { s.err = errors.New("no database") }, gate.ExitIncomplete},
		"refused":  {func(_ *scan, o *Options) { o.Refuse = "a pull request" }, gate.ExitUsage},
		"no key":   {func(_ *scan, o *Options) { o.Key = "" }, gate.ExitUnsigned},
		"panicked": {func(_ *scan, o *Options) { o.Password = func(context.Context) ([]byte, error) { panic("x") } }, gate.ExitUnsigned},
		"cancelled": {func(_ *scan, o *Options) {
			o.Password = func(context.Context) ([]byte, error) { return nil, context.Canceled }
		}, gate.ExitUnsigned},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			image := w.pushIndex("shop")
			w.writes()
			s, o := scan{}, w.options()
			s.result.Images = []gate.Image{image}
			s.result.Checked = gate.Checked{Images: 2, Rules: 1}
			s.result.Findings = []gate.Finding{{
				Rule: "CVE-1", Severity: gate.Low, Image: image.Digest, Platforms: []string{"linux/arm64"},
			}}
			o.Attest = []string{"vsa", "vuln"}
			test.change(&s, &o)
			report := gate.Run(t.Context(), gate.Plan{
				Steps: []gate.Step{{Stage: s, Required: true}}, Signer: New(o), Threshold: gate.High,
			})
			if report.ExitCode != test.exit {
				t.Errorf("exit code %d, want %d: %+v", report.ExitCode, test.exit, report.Stages)
			}
			_, err := Verify(t.Context(), w.verify(image.Reference))
			if name == "passed" {
				if signed := report.Images[0].Signature; err != nil || signed == nil || signed.Digest != image.Digest {
					t.Errorf("signature %+v, %v", signed, err)
				}
				return
			}
			for _, image := range report.Images {
				if image.Signature != nil {
					t.Errorf("claims to be signed: %+v", image)
				}
			}
			if got := w.writes(); len(got) > 0 || !errors.Is(err, ErrNoSignature) {
				t.Errorf("wrote %v, %v", got, err)
			}
		})
	}
}
