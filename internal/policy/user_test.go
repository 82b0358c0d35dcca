package policy

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: web
        image: nginx:latest
      - name: proxy
        image: envoy:1.30
`

// runRego runs the stage on the deployment with the given policy files.
func runRego(t *testing.T, policies map[string]string, change ...func(*Options)) (gate.StageReport, string) {
	t.Helper()
	files := map[string]string{"deploy.yaml": "# the shop\n---\n" + deployment}
	for name, data := range policies {
		files[name] = data
	}
	tr := tree(t, files)
	o := Options{Tree: tr, Rego: []string{"policy"}}
	for _, c := range change {
		c(&o)
	}
	s := run(t, o)
	return s, text(s, tr)
}

// deny is a policy with one rule.
func deny(body string) map[string]string {
	return map[string]string{"policy/a.rego": "package main\n\ndeny contains msg if {\n" + body + "\n}\n"}
}

func TestUserRego(t *testing.T) {
	for name, tc := range map[string]struct {
		policies map[string]string
		want     string
	}{
		"message": {deny(`input.kind == "Deployment"; msg := "no"`),
			"deploy.yaml:4:7-4:17 inferred high rego/main/deny Deployment/web: no\n\tDeployment\n"},
		"warn": {map[string]string{"policy/a.rego": "package main\nwarn contains \"careful\" if input.spec.replicas < 2\n"},
			"deploy.yaml:8:13-8:14 inferred low rego/main/warn Deployment/web: careful\n\t1\n"},
		"suffixes": {map[string]string{"policy/a.rego": "package main\nviolation_x contains {\"msg\": \"v\"} if input.spec\ndeny_a_b contains \"d\" if input.spec.replicas\n"},
			"deploy.yaml:7:1-7:5 inferred high rego/main/violation_x Deployment/web: v\n\tspec\n" +
				"deploy.yaml:8:13-8:14 inferred high rego/main/deny_a_b Deployment/web: d\n\t1\n"},
		"constant": {deny(`msg := "always"`),
			"deploy.yaml:3:1-3:11 fallback high rego/main/deny Deployment/web: always\n\tapiVersion\n"},
		"loc": {deny(`msg := {"msg": "here", "_loc": {"file": "deploy.yaml", "line": 8}}`),
			"deploy.yaml:8-0:0 exact high rego/main/deny Deployment/web: here\n"},
		"loc outside": {deny(`msg := {"msg": "here", "_loc": {"file": "../../etc/passwd", "line": 8}}`),
			"deploy.yaml:8-0:0 exact high rego/main/deny Deployment/web: here\n"},
		"path as a list": {deny(`msg := {"msg": "m", "path": ["spec", "template", "spec", "containers", 1, "image"]}`),
			"deploy.yaml:15:16-15:26 exact high rego/main/deny Deployment/web: m\n\tenvoy:1.30\n"},
		"path as a pointer": {deny(`msg := {"msg": "m", "metadata": {"path": "/spec/template/spec/containers/1/image"}}`),
			"deploy.yaml:15:16-15:26 exact high rego/main/deny Deployment/web: m\n\tenvoy:1.30\n"},
		"path with dots": {deny(`msg := {"msg": "m", "path": "spec.template.spec.containers[1].securityContext.privileged"}`),
			"deploy.yaml:14:9-14:13 exact high rego/main/deny Deployment/web: m\n\tname\n"},
		"metadata": {deny(`msg := {"msg": "m", "severity": "CRITICAL", "id": "ACME-1", "title": "t", "url": "https://a.example", "path": "kind"}`),
			"deploy.yaml:4:7-4:17 exact critical ACME-1 Deployment/web: m\n\tDeployment\n"},
		"annotations": {map[string]string{"policy/a.rego": "# METADATA\n# title: T\n# custom:\n#   id: ACME-2\n#   severity: medium\npackage main\n\ndeny contains \"m\" if input.kind\n"},
			"deploy.yaml:4:7-4:17 inferred medium ACME-2 Deployment/web: m\n\tDeployment\n"},
		"annotations of a definition": {map[string]string{"policy/a.rego": "package main\n\n# METADATA\n# title: One\n# custom: {id: ACME-1, severity: low}\ndeny contains \"one\" if input.kind\n\n# METADATA\n# title: Two\n# custom: {id: ACME-2, severity: critical}\ndeny contains \"two\" if input.kind\n"},
			"deploy.yaml:4:7-4:17 inferred low ACME-1 Deployment/web: one\n\tDeployment\n" +
				"deploy.yaml:4:7-4:17 inferred critical ACME-2 Deployment/web: two\n\tDeployment\n"},
		"v0": {map[string]string{"policy/a.rego": "package main\n\ndeny[msg] {\n  input.kind == \"Deployment\"\n  msg := \"old\"\n}\n"},
			"deploy.yaml:4:7-4:17 inferred high rego/main/deny Deployment/web: old\n\tDeployment\nnote: policy: read as Rego v0, it is not valid Rego v1\n"},
		"exception": {map[string]string{"policy/a.rego": "package main\n\ndeny_run contains \"m\" if input.kind\n\ndeny_root contains \"n\" if input.kind\n\nexception contains rules if {\n  input.metadata.name == \"web\"\n  rules := [\"run\"]\n}\n"},
			"deploy.yaml:4:7-4:17 inferred high rego/main/deny_root Deployment/web: n\n\tDeployment\nnote: deploy.yaml: exception: rego/main/deny_run does not count for Deployment/web\n"},
		"file": {deny(`f := data.conftest.file; endswith(f.dir, "/001"); msg := sprintf("%s", [f.name])`),
			"deploy.yaml:3:1-3:11 fallback high rego/main/deny Deployment/web: deploy.yaml\n\tapiVersion\n"},
		"namespaces": {map[string]string{"policy/a.rego": "package a\ndeny contains \"a\" if input.kind\n", "policy/b/b.rego": "package b.c\ndeny contains \"b\" if input.kind\n"},
			"deploy.yaml:4:7-4:17 inferred high rego/a/deny Deployment/web: a\n\tDeployment\ndeploy.yaml:4:7-4:17 inferred high rego/b.c/deny Deployment/web: b\n\tDeployment\n"},
		"tests are no policies": {map[string]string{"policy/a.rego": "package main\ndeny contains \"a\" if input.kind\n", "policy/a_test.rego": "package main\ntest_a if parse_config_file(\"x.yaml\")\n"},
			"deploy.yaml:4:7-4:17 inferred high rego/main/deny Deployment/web: a\n\tDeployment\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := runRego(t, tc.policies); got != tc.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tc.want)
			}
		})
	}
}

// TestInference checks where a finding lands if its rule does not say: on the
// field that its condition read.
func TestInference(t *testing.T) {
	const helper = "package main\n\ncontainers contains c if some c in input.spec.template.spec.containers\n\nlatest(image) if endswith(image, \":latest\")\n\n"
	for name, tc := range map[string]struct{ rule, want string }{
		"iteration":         {`deny contains msg if { some i; image := input.spec.template.spec.containers[i].image; endswith(image, "latest"); msg := sprintf("%s", [image]) }`, "13:16 nginx:latest"},
		"some in":           {`deny contains msg if { some c in input.spec.template.spec.containers; endswith(c.image, "latest"); msg := sprintf("%s", [c.name]) }`, "13:16 nginx:latest"},
		"helper set":        {`deny contains msg if { some c in containers; latest(c.image); msg := sprintf("%s", [c.name]) }`, "13:16 nginx:latest"},
		"missing field":     {`deny contains msg if { some c in containers; c.name == "proxy"; not c.resources.limits; msg := sprintf("%s has no limits", [c.name]) }`, "14:9 name"},
		"missing at top":    {`deny contains msg if { not input.metadata.labels.team; msg := sprintf("%s", [input.metadata.name]) }`, "5:1 metadata"},
		"message only":      {`deny contains msg if { input.kind == "Deployment"; msg := sprintf("%s in %s", [input.metadata.name, input.kind]) }`, "4:7 Deployment"},
		"object result":     {`deny contains {"msg": msg, "c": c} if { some c in containers; latest(c.image); msg := "m" }`, "13:16 nginx:latest"},
		"comparison":        {`deny contains "m" if { n := input.spec.replicas; n < 2 }`, "8:13 1"},
		"every":             {`deny contains "m" if { every c in input.spec.template.spec.containers { c.image != "" } }`, "11:7 containers"},
		"only the message":  {`deny contains msg if { msg := sprintf("%s", [input.metadata.name]) }`, "6:9 web"},
		"negated helper":    {`deny contains msg if { some c in containers; not pinned(c); msg := c.name }` + "\n" + `pinned(c) if not endswith(c.image, ":latest")`, "12:9 name"},
		"helper condition":  {`is_deployment if input.kind == "Deployment"` + "\n" + `deny contains "m" if is_deployment`, "4:7 Deployment"},
		"missing in helper": {`is_deployment if input.kind == "Deployment"` + "\n" + `labelled if { input.metadata.labels.team; input.metadata.labels["a.b/c"] }` + "\n" + `deny contains msg if { name := input.metadata.name; is_deployment; not labelled; msg := name }`, "5:1 metadata"},
		"helper of helper":  {`one if input.spec.replicas < 2` + "\n" + `few if one` + "\n" + `deny contains "m" if few`, "8:13 1"},
		"second definition": {`deny contains "x" if input.kind == "Pod"` + "\n" + `deny contains "m" if input.spec.replicas == 1`, "8:13 1"},
	} {
		t.Run(name, func(t *testing.T) {
			s, got := runRego(t, map[string]string{"policy/a.rego": helper + tc.rule + "\n"})
			if len(s.Findings) != 1 {
				t.Fatalf("not one finding:\n%s", got)
			}
			f := s.Findings[0]
			line := []rune(f.Source)
			end := len(line)
			if f.EndLine == f.Line {
				end = f.EndColumn - 1
			}
			place := strings.TrimPrefix(f.Location.String(), "deploy.yaml:") + " " + string(line[f.Column-1:end])
			if place != tc.want || f.Precision != gate.Inferred {
				t.Errorf("%s (%s), want %s", place, f.Precision, tc.want)
			}
		})
	}
}

func TestData(t *testing.T) {
	policies := deny(`input.spec.replicas < data.limits.replicas; msg := sprintf("%d", [data.sub.more])`)
	policies["values/limits.yaml"] = "limits: {replicas: 3}\n"
	policies["values/sub/x.json"] = `{"more": 7}`
	s, got := runRego(t, policies, func(o *Options) { o.Data = []string{"values"} })
	if len(s.Findings) != 1 || s.Findings[0].Message != "7" {
		t.Error(got)
	}
	s, got = runRego(t, policies, func(o *Options) { o.Data = []string{"vlues"} })
	if s.Verdict != gate.Error || !strings.Contains(got, `policy.data: no .yaml or .yml or .json file in "vlues"`) {
		t.Error(got)
	}
}

func TestPrintIsLogged(t *testing.T) {
	var log strings.Builder
	_, got := runRego(t, deny(`print("seen", input.kind); msg := "m"`), func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	if want := `msg="seen Deployment" policy=policy/a.rego line=4`; !strings.Contains(log.String(), want) {
		t.Errorf("log:\n%s\n%s", log.String(), got)
	}
}
