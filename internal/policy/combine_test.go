package policy

import (
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const shop = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
spec:
  selector:
    matchLabels:
      app: worker
`

const shopService = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n"

// TestCombine shows what a policy sees that wants all objects at once, and that
// its findings are on the field of the object that they are about.
func TestCombine(t *testing.T) {
	const selected = "package all\n\ndeny contains msg if {\n\tsome i\n\tinput[i].contents.kind == \"Deployment\"\n\tobject := input[i].contents\n\tnot selected(object.spec.selector.matchLabels.app)\n\tmsg := sprintf(\"%s has no service\", [object.metadata.name])\n}\n\nselected(app) if {\n\tsome i\n\tinput[i].contents.spec.selector.app == app\n}\n"
	for name, c := range map[string]struct{ policy, want string }{
		"inferred":     {selected, "deploy.yaml:16:12-16:18 inferred high rego/all/deny Deployment/worker: worker has no service\n\tworker\n"},
		"input":        {"package all\n\nwarn contains msg if msg := concat(\" \", [f.path | some f in input])\n", "deploy.yaml:1:1-1:11 fallback low rego/all/warn Deployment/web: deploy.yaml deploy.yaml service.yaml\n\tapiVersion\n"},
		"by message":   {"package all\n\ndeny contains \"worker is lazy\"\n", "deploy.yaml:12:9-12:15 inferred high rego/all/deny Deployment/worker: worker is lazy\n\tworker\n"},
		"by path":      {"package all\n\ndeny contains {\"msg\": \"m\", \"path\": [1, \"contents\", \"kind\"]}\n", "deploy.yaml:10:7-10:17 exact high rego/all/deny Deployment/worker: m\n\tDeployment\n"},
		"by place":     {"package all\n\ndeny contains {\"msg\": \"m\", \"_loc\": {\"file\": \"service.yaml\", \"line\": 2}}\n", "service.yaml:2-0:0 exact high rego/all/deny Service/web: m\n"},
		"name of file": {"package all\n\ndeny contains data.conftest.file.name\n", "deploy.yaml:1:1-1:11 fallback high rego/all/deny Deployment/web: Combined\n\tapiVersion\n"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := tree(t, map[string]string{"deploy.yaml": shop, "service.yaml": shopService, "policy/a.rego": c.policy, "policy/b.rego": "package one\n\ndeny contains input.kind if input.kind == \"X\"\n"})
			s := run(t, Options{Tree: tr, Rego: []string{"policy"}, Combine: []string{"a*"}})
			if got := text(s, tr); got != c.want || s.Checked != (gate.Checked{Files: 2, Objects: 3, Rules: 2}) {
				t.Errorf("%+v, got:\n%s\nwant:\n%s", s.Checked, got, c.want)
			}
		})
	}
}

// TestCombineNothing shows that a pattern for no package is an error.
func TestCombineNothing(t *testing.T) {
	wantError(t, deny(`msg := "m"`), `policy.combine: no rule in package "other" of policy`, func(o *Options) { o.Combine = []string{"other"} })
}

// TestNamespacePatterns selects packages as conftest's --namespace does.
func TestNamespacePatterns(t *testing.T) {
	policies := map[string]string{}
	for _, name := range []string{"main", "main.gke", "other"} {
		policies["policy/"+name+".rego"] = "package " + name + "\n\ndeny contains \"" + name + "\" if input.kind\n"
	}
	s, got := runRego(t, policies, func(o *Options) { o.Namespaces = []string{"main.*", "o?her"} })
	if len(s.Findings) != 2 || strings.Contains(got, "rego/main/deny") {
		t.Error(got)
	}
}

// TestVersionsOfRego shows that each bundle is read as the version that it is
// written in, and may use what the others define.
func TestVersionsOfRego(t *testing.T) {
	old := map[string]string{
		"old/a.rego": "package main\n\ndeny[msg] {\n  any([input.kind == \"Deployment\"])\n  data.lib.good\n  msg := \"old\"\n}\n",
		"new/b.rego": "package lib\n\ngood if input.spec\n\n",
		"new/c.rego": "package other\n\ndeny contains \"new\" if data.lib.good\n",
	}
	s, got := runRego(t, old, func(o *Options) { o.Rego = []string{"new", "old"} })
	if len(s.Findings) != 2 || !strings.Contains(got, "note: old: read as Rego v0") || strings.Contains(got, "note: new") || s.Error != "" {
		t.Error(got)
	}
	old["new/c.rego"] = "package other\n\ndeny contains \"new\" if data.lib.good if\n"
	wantError(t, old, "error: new/c.rego:3:", func(o *Options) { o.Rego = []string{"new", "old"} })
}
