package gate_test

import (
	"context"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A platform that the configuration leaves out does not close the gate, and is
// never signed for: not by itself, and not because another stage failed too.
func TestR05WhatWasLeftOutIsNotSigned(t *testing.T) {
	image := gate.Image{Reference: "shop:1", Digest: "sha256:1", Platforms: []gate.Platform{
		{Name: "linux/amd64", Verdict: gate.Passed},
		{Name: "linux/arm64", Verdict: gate.Skipped, Reason: "left out", LeftOut: true},
	}}
	if image.Passed() {
		t.Error("it counts as passed")
	}
	scan := func(context.Context) (gate.Result, error) {
		return gate.Result{Checked: gate.Checked{Images: 1, Rules: 1}, Images: []gate.Image{image}}, nil
	}
	for _, tc := range []struct {
		policy string
		signer gate.Signer
		want   int
	}{
		{"pass", nil, gate.ExitPassed},
		{"pass", &signer{}, gate.ExitUsage},
		{"fail", &signer{}, gate.ExitUsage},
	} {
		r := gate.Run(t.Context(), gate.Plan{Threshold: gate.High, Signer: tc.signer, Steps: []gate.Step{
			{Stage: stage{name: "policy", run: outcomes[tc.policy]}}, {Stage: stage{name: "scan", run: scan}},
		}})
		if r.ExitCode != tc.want {
			t.Errorf("%s: exit code %d, want %d", tc.policy, r.ExitCode, tc.want)
		}
		if tc.signer == nil {
			continue
		}
		if s := tc.signer.(*signer); len(s.signed) > 0 {
			t.Errorf("signed %v", s.signed)
		}
		said := r.Stages[2].Failures[0]
		if !strings.Contains(said.Message, "shop:1 is not signed, because linux/arm64 of it was left out") || said.Hint == "" {
			t.Errorf("it says %+v", said)
		}
	}
}
