package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/tester"
)

// TestRegoTests runs the tests that stand beside the built-in policies.
func TestRegoTests(t *testing.T) {
	const dir = "../../policies"
	files, err := filepath.Glob(filepath.Join(dir, "*.rego"))
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]*ast.Module{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		formatted, err := format.SourceWithOpts(name, data, format.Opts{RegoVersion: ast.RegoV1})
		if err != nil || string(formatted) != string(data) {
			t.Errorf("%s is not formatted as `opa fmt` does: %v", name, err)
			if *update {
				err = os.WriteFile(name, formatted, 0o666)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if modules[name], err = ast.ParseModule(name, string(data)); err != nil {
			t.Fatal(err)
		}
	}
	results, err := tester.NewRunner().SetModules(modules).RaiseBuiltinErrors(true).RunTests(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]int{}
	for result := range results {
		if !result.Pass() {
			t.Errorf("%s: %s", result.Location, result)
		}
		tested[filepath.Base(result.Location.File)]++
	}
	for _, name := range files {
		base := filepath.Base(name)
		if test := strings.TrimSuffix(base, ".rego") + "_test.rego"; !strings.HasSuffix(base, "_test.rego") && tested[test] < 2 {
			t.Errorf("%s has %d tests in %s", base, tested[test], test)
		}
	}
}
