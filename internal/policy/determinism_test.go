package policy

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// TestR58SameReport runs the same policies on one worker and on many.
func TestR58SameReport(t *testing.T) {
	files := map[string]string{
		"policy/a.rego": "package main\n\ndeny contains msg if { some c in input.spec.template.spec.containers; msg := sprintf(\"%s %s\", [c.image, data.conftest.file.name]) }\n",
		"policy/b.rego": "package b\n\nwarn contains msg if { some i; msg := input.spec.template.spec.containers[i].name }\n\ndeny contains 1 if input.metadata.name == \"web-7\"\n",
	}
	for i := range 30 {
		files[fmt.Sprintf("%02d.yaml", i)] = strings.Replace(deployment, "web", fmt.Sprintf("web-%d", i), 1)
	}
	tr := tree(t, files)
	var want string
	for _, n := range []int{1, 2, 8, 1, 8} {
		previous := runtime.GOMAXPROCS(n)
		got := text(run(t, Options{Tree: tr, Builtin: true, Rego: []string{"policy"}}), tr)
		runtime.GOMAXPROCS(previous)
		if want == "" {
			want = got
		}
		if got != want || !strings.Contains(got, "envoy:1.30 29.yaml") || !strings.Contains(got, "error: 07.yaml:1:1: ") {
			t.Fatalf("with %d workers:\n%s\nbefore:\n%s", n, got, want)
		}
	}
}

// TestPoliciesDigest shows that the digest names the policies that were
// applied: their names, contents, data, and which built-in ones are off.
func TestPoliciesDigest(t *testing.T) {
	digestOf := func(files map[string]string, change func(*Options)) string {
		t.Helper()
		files["deploy.yaml"] = deployment
		o := Options{Tree: tree(t, files), Builtin: true, Rego: []string{"policy"}}
		if change != nil {
			change(&o)
		}
		res, err := New(o).Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return res.Provenance.Policies.Digest
	}
	const a = "package main\ndeny contains \"m\" if input.x\n"
	first := digestOf(map[string]string{"policy/a.rego": a}, nil)
	if again := digestOf(map[string]string{"policy/a.rego": a, "other.rego": "x"}, nil); again != first {
		t.Errorf("%s, then %s", first, again)
	}
	seen := map[string]string{first: "first"}
	for name, got := range map[string]string{
		"content":  digestOf(map[string]string{"policy/a.rego": a + "\n"}, nil),
		"name":     digestOf(map[string]string{"policy/b.rego": a}, nil),
		"data":     digestOf(map[string]string{"policy/a.rego": a, "d.json": "{}"}, func(o *Options) { o.Data = []string{"d.json"} }),
		"builtin":  digestOf(map[string]string{"policy/a.rego": a}, func(o *Options) { o.Builtin = false }),
		"disabled": digestOf(map[string]string{"policy/a.rego": a}, func(o *Options) { o.Disable = []string{"PC1001"} }),
	} {
		if seen[got] != "" {
			t.Errorf("%s has the digest of %s", name, seen[got])
		}
		seen[got] = name
	}
}

// TestErrorsKeepTheRest shows that a file that cannot be read makes an error
// and the findings of the other files are still there.
func TestErrorsKeepTheRest(t *testing.T) {
	tr := tree(t, map[string]string{"a.yaml": deployment, "b.yaml": "apiVersion: v1\nkind: Pod\nspec: [\n"})
	s := run(t, Options{Tree: tr, Builtin: true})
	if s.Verdict != gate.Error || len(s.Findings) == 0 || !strings.HasPrefix(s.Error, "b.yaml:3: ") {
		t.Errorf("%s %s\n%s", s.Verdict, s.Error, text(s, tr))
	}
}

// TestConfigPathIsNoLeak shows that no error names the folder that policies are
// copied to.
func TestConfigPathIsNoLeak(t *testing.T) {
	for _, policy := range []string{
		"package main\n\nx := {\n", "package main\n\ndeny contains x if y\n", "package main\n\nimport data.main\n\ndeny if main\n",
		"package main\n\ndeny contains \"m\" if to_number(\"x\")\n", "package main\n\ndeny[msg] if { msg := 1 }\n",
	} {
		_, got := runRego(t, map[string]string{"policy/a.rego": policy})
		if !strings.Contains(got, "policy/a.rego") || strings.Contains(got, "portcullis-policy-") || strings.Contains(got, filepath.ToSlash(t.TempDir())) {
			t.Errorf("%s:\n%s", policy, got)
		}
	}
	_, got := runRego(t, map[string]string{"policy/a.rego": "package main\ndeny contains \"m\"\n", "data/x.yaml": "a: [\n"}, func(o *Options) { o.Data = []string{"data"} })
	if !strings.Contains(got, "data/x.yaml") || strings.Contains(got, "portcullis-policy-") {
		t.Error(got)
	}
}
