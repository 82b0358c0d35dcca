package policy

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	conftest "github.com/open-policy-agent/conftest/policy"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// TestSameVerdictsAsConftest runs the example policies through conftest's own
// engine and through the stage: the same failures, warnings and exceptions.
func TestSameVerdictsAsConftest(t *testing.T) {
	const dir = "testdata/conftest"
	engine, err := conftest.LoadWithData([]string{dir + "/policy"}, []string{dir + "/data"}, conftest.CompilerOptions{RegoVersion: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	tr := open(t, dir)
	found, err := manifest.Find(context.Background(), tr, []string{"manifests"})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	exceptions := 0
	for _, namespace := range []string{"main", "team.network"} {
		for _, o := range found.Objects {
			results, err := engine.Check(context.Background(), map[string]any{filepath.Join(dir, o.Path): o.Value}, namespace)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				for _, f := range r.Failures {
					want = append(want, o.Path+" "+o.String()+" failure: "+f.Message)
				}
				for _, w := range r.Warnings {
					want = append(want, o.Path+" "+o.String()+" warning: "+w.Message)
				}
				exceptions += len(r.Exceptions)
			}
		}
	}
	s := run(t, Options{Tree: tr, Manifests: []string{"manifests"}, Rego: []string{"policy"}, Data: []string{"data"}})
	var got []string
	for _, f := range s.Findings {
		kind := map[gate.Severity]string{gate.High: "failure", gate.Low: "warning"}[f.Severity]
		got = append(got, f.Path+" "+f.Object+" "+kind+": "+f.Message)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(want) < 10 {
		t.Errorf("got:\n%q\nconftest:\n%q", got, want)
	}
	if exceptions == 0 || len(s.Notes) != exceptions {
		t.Errorf("%d exceptions, notes %q", exceptions, s.Notes)
	}
}
