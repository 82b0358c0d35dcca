package podsecurity

import (
	"errors"
	"os"
	"strings"
	"testing"

	"k8s.io/pod-security-admission/policy"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// TestPlaces shows where each check is placed, and that a check with several
// faults names each where it stands.
func TestPlaces(t *testing.T) {
	for name, level := range map[string]string{"places": "restricted", "labels": Labels} {
		source, err := os.ReadFile("testdata/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		report, err := check(t, level, "", string(source))
		golden(t, "testdata/"+name+".out", text(report, err, string(source)))
	}
}

// TestDocumentation checks that every check of the evaluator has words, fields,
// and examples that are what they are said to be.
func TestDocumentation(t *testing.T) {
	rules := Rules()
	if len(rules) != len(policy.DefaultChecks())+1 {
		t.Errorf("%d rules", len(rules))
	}
	for _, r := range rules {
		for name, value := range map[string]string{"title": r.Title, "why": r.Why, "bad": r.Bad, "good": r.Good, "remediation": r.Remediation} {
			if value == "" {
				t.Errorf("%s has no %s", r.ID, name)
			}
		}
		// The restricted level replaces some baseline checks by its own.
		levels := []string{"baseline", "restricted"}
		if r.ID == enforceLabel.ID {
			levels = []string{Labels}
		} else if fieldsOf[strings.TrimPrefix(r.ID, prefix)] == nil {
			t.Errorf("%s: nobody knows which fields it reads", r.ID)
		}
		has := func(source string) bool {
			for _, level := range levels {
				report, err := check(t, level, "latest", source)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range report.findings {
					if f.Rule == r.ID {
						return true
					}
				}
			}
			return false
		}
		if !has(r.Bad) || has(r.Good) {
			t.Errorf("%s: bad %v, good %v", r.ID, has(r.Bad), has(r.Good))
		}
	}
}

func TestErrors(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n"
	for source, want := range map[string]string{
		pod + "  hostNetwork: maybe\n":                                   "file.yaml:5:16: reading the pod of Pod/web: spec.hostNetwork cannot be a string",
		pod + "  containers:\n  - name: a\n  - name: b\n    ports: no\n": "file.yaml:8:12: reading the pod of Pod/web: spec.containers[1].ports cannot be false",
	} {
		_, err := check(t, "baseline", "", source)
		var place *gate.CheckError
		if err == nil || err.Error() != want || !errors.As(err, &place) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for source, want := range map[string]string{
		"apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {pod-security.kubernetes.io/enforce: restrictd}}\n":                                                      "file.yaml:3:66: the label pod-security.kubernetes.io/enforce must be one of privileged, baseline, restricted",
		"apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/enforce-version: \"1.30\"}}\n": `file.yaml:3:120: the label pod-security.kubernetes.io/enforce-version must be "latest" or "v1.x"`,
		pod + "  containers: []\n": "policy.pod-security.level: labels, and no Namespace of a workload is in the workspace",
	} {
		if _, err := check(t, Labels, "", source); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for _, wrong := range [][2]string{{"strict", ""}, {"baseline", "1.30"}, {"", ""}} {
		if _, err := New(wrong[0], wrong[1]); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
