package gate_test

import (
	"context"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// TestWaive holds that a finding counts unless somebody says otherwise of it.
func TestWaive(t *testing.T) {
	digest := "sha256:1"
	own := &gate.Waiver{Justification: "of the stage", Source: "vex.json"}
	given := &gate.Waiver{Justification: "of the file", Source: "w.yaml", Line: 3}
	scan := stage{name: "scan", run: func(context.Context) (gate.Result, error) {
		a, b := finding(gate.High), finding(gate.Low)
		a.Image, a.Platforms = digest, []string{"linux/amd64"}
		b.Rule, b.Status, b.Waiver = "CVE-1", gate.Waived, own
		return gate.Result{Checked: checked, Findings: []gate.Finding{a, b}, Images: []gate.Image{
			{Digest: digest, Platforms: []gate.Platform{{Name: "linux/amd64", Verdict: gate.Passed}}},
		}}, nil
	}}
	for _, tc := range []struct {
		name  string
		waive func(string, gate.Finding, []gate.Image) *gate.Waiver
		want  gate.Verdict
	}{
		{"nobody is asked", nil, gate.Failed},
		{"nothing is waived", func(string, gate.Finding, []gate.Image) *gate.Waiver { return nil }, gate.Failed},
		{"all is waived", func(stage string, _ gate.Finding, images []gate.Image) *gate.Waiver {
			if stage != "scan" || len(images) != 1 || images[0].Digest != digest {
				t.Errorf("asked for %s with %+v", stage, images)
			}
			return given
		}, gate.Passed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := gate.Run(t.Context(), gate.Plan{Steps: []gate.Step{{Stage: scan}}, Threshold: gate.High, Waive: tc.waive})
			if r.Verdict != tc.want || r.Images[0].Platforms[0].Verdict != tc.want {
				t.Errorf("verdict is %s, of the platform %s, want %s", r.Verdict, r.Images[0].Platforms[0].Verdict, tc.want)
			}
			for _, f := range r.Findings() {
				switch {
				case f.Rule == "CVE-1" && f.Waiver != own:
					t.Errorf("what a stage waived is waived as %+v", f.Waiver)
				case f.Rule != "CVE-1" && (f.Status == gate.Waived) != (tc.want == gate.Passed):
					t.Errorf("%s is %s", f.Rule, f.Status)
				}
			}
		})
	}
}
