package policy

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/conftest/output"
	"github.com/open-policy-agent/conftest/parser"
	conftest "github.com/open-policy-agent/conftest/policy"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// manifestExamples are conftest's examples about Kubernetes objects: the data
// and the mode that their README gives.
var manifestExamples = map[string]struct {
	data    string
	combine bool
}{
	"combine":            {combine: true},
	"configfile":         {},
	"data":               {data: "exclusions"},
	"exceptions":         {},
	"kubernetes":         {},
	"kubernetes/combine": {combine: true},
	"kustomize":          {},
	"report":             {},
}

// otherExamples are about files that are no Kubernetes objects, which this
// stage does not read. Their policies are compared on manifests all the same.
var otherExamples = []string{
	"awssam", "builtin-errors", "capabilities", "codeowners", "compose", "cue", "cyclonedx", "docker", "dotenv", "edn", "hcl1", "hcl2",
	"hocon", "ignore", "ini", "jenkins", "jsonnet", "nginx", "properties", "serverless", "spdx", "strict-rules", "textproto", "traefik",
	"ts", "vcl", "xml",
}

// stricter are the policies of the examples that this stage refuses, each for a
// requirement of THREATS.md, with what it says.
var stricter = map[string]string{
	"builtin-errors": "the builtin net.lookup_ip_addr is not allowed in policies", // R09
	"capabilities":   "the builtin opa.runtime is not allowed in policies",        // R09, R11
}

// examples returns the folder of conftest's own examples.
func examples(t *testing.T) string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/conftest").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "examples")
}

// filesBelow returns the files below a folder with one of the endings, by their
// path below the folder; tests of policies are none.
func filesBelow(t *testing.T, dir string, endings ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains(endings, filepath.Ext(name)) || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		found[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestConftestExamples runs the policies of all examples of conftest on all
// manifests of the examples, with conftest's library and with the stage: the
// same failures and warnings, but for the policies that are refused.
func TestConftestExamples(t *testing.T) {
	root := examples(t)
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, ok := manifestExamples[entry.Name()]; entry.IsDir() && !ok && !slices.Contains(otherExamples, entry.Name()) {
			t.Errorf("nobody has looked at the example %s", entry.Name())
		}
	}
	manifests := map[string]string{}
	for name := range manifestExamples {
		for file, text := range filesBelow(t, filepath.Join(root, name), ".yaml") {
			if strings.Contains(text, "apiVersion:") {
				manifests[filepath.Join(name, file)] = text
			}
		}
	}
	var compared, results int
	refused := map[string]bool{}
	for _, name := range append(slices.Sorted(maps.Keys(manifestExamples)), otherExamples...) {
		e := example{name: name, root: root, manifests: manifests}
		e.rego = filesBelow(t, filepath.Join(root, name), ".rego")
		if name == "kubernetes" {
			maps.DeleteFunc(e.rego, func(file, _ string) bool { return strings.HasPrefix(file, "combine/") })
		}
		if len(e.rego) == 0 {
			continue
		}
		want, wantErr := e.conftest(t)
		s, got := e.stage(t)
		switch reason, strict := stricter[name]; {
		case strict && s.Verdict == gate.Error && strings.Contains(s.Error, reason):
			refused[name] = true
		case wantErr != nil && s.Verdict == gate.Error: // serverless calls a function that nobody defines
		case s.Error != "" || wantErr != nil || !slices.Equal(got, want):
			t.Errorf("%s: got %q %s\nconftest: %q %v", name, got, s.Error, want, wantErr)
		default:
			compared++
			results += len(want)
		}
	}
	t.Logf("%d sets of policies on %d manifests: %d results agree, %d sets are refused", compared, len(manifests), results, len(refused))
	if len(refused) != len(stricter) || compared < 20 || results < 40 {
		t.Errorf("refused: %v", slices.Sorted(maps.Keys(refused)))
	}
}

type example struct {
	name, root      string
	rego, manifests map[string]string
}

// conftest returns what its library says, one line for each result.
func (e example) conftest(t *testing.T) ([]string, error) {
	mode := manifestExamples[e.name]
	var rego, data, files []string
	for file := range e.rego {
		rego = append(rego, filepath.Join(e.root, e.name, file))
	}
	if mode.data != "" {
		data = append(data, filepath.Join(e.root, e.name, mode.data))
	}
	for file := range e.manifests {
		files = append(files, filepath.Join(e.root, file))
	}
	engine, err := conftest.LoadWithData(rego, data, conftest.CompilerOptions{RegoVersion: "v1"})
	if err != nil {
		return nil, err
	}
	configurations, err := parser.ParseConfigurations(files)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, namespace := range engine.Namespaces() {
		var checked output.CheckResults
		if mode.combine {
			one, combineErr := engine.CheckCombined(context.Background(), configurations, namespace)
			checked, err = output.CheckResults{one}, combineErr
		} else {
			checked, err = engine.Check(context.Background(), configurations, namespace)
		}
		if err != nil {
			return nil, err
		}
		for _, c := range checked {
			file, relErr := filepath.Rel(e.root, c.FileName)
			if mode.combine || relErr != nil {
				file = "Combined"
			}
			for _, r := range c.Failures {
				lines = append(lines, file+" high "+r.Message)
			}
			for _, r := range c.Warnings {
				lines = append(lines, file+" low "+r.Message)
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines), nil
}

// stage returns what the stage says, in the same form.
func (e example) stage(t *testing.T) (gate.StageReport, []string) {
	mode := manifestExamples[e.name]
	files := maps.Clone(e.manifests)
	for file, text := range e.rego {
		files["policy/"+file] = text
	}
	o := Options{Rego: []string{"policy"}, Manifests: slices.Sorted(maps.Keys(e.manifests))}
	if mode.data != "" {
		o.Data = []string{"data"}
		for file, text := range filesBelow(t, filepath.Join(e.root, e.name, mode.data), ".yaml") {
			files["data/"+file] = text
		}
	}
	if mode.combine {
		o.Combine = []string{"*"}
	}
	o.Tree = tree(t, files)
	s := run(t, o)
	var lines []string
	for _, f := range s.Findings {
		file := f.Path
		if mode.combine {
			file = "Combined"
		}
		lines = append(lines, file+" "+f.Severity.String()+" "+f.Message)
	}
	slices.Sort(lines)
	return s, slices.Compact(lines)
}

// TestConftestExamplesAreThere keeps the test above from passing on nothing.
func TestConftestExamplesAreThere(t *testing.T) {
	for name := range manifestExamples {
		if _, err := os.Stat(filepath.Join(examples(t), name)); errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no example %s", name)
		}
	}
}
