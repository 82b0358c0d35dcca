package policy

import (
	"fmt"
	"strings"
	"testing"
)

// TestTraceLeavesRulesAsTheyAre shows that a rule whose results were watched
// says the same of the next document: each result with its own message and at
// its own line.
func TestTraceLeavesRulesAsTheyAre(t *testing.T) {
	const policy = `package main

deny contains {"msg": msg} if {
	some c in input.spec.template.spec.containers
	msg := sprintf("%s runs %s", [input.metadata.name, c.image])
}
`
	const template = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8simages}
spec:
  crd: {spec: {names: {kind: K8sImages}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package k8simages

      violation[{"msg": msg}] {
        c := input.review.object.spec.template.spec.containers[_]
        msg := sprintf("%s runs %s", [input.review.object.metadata.name, c.image])
      }
`
	files := map[string]string{
		"policy/a.rego":       policy,
		"gatekeeper/all.yaml": template + constraint("K8sImages", "images", "  match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}\n"),
		"deploy.yaml":         "",
	}
	for n := range 5 {
		files["deploy.yaml"] += "---\n" + strings.Replace(deployment, "name: web", fmt.Sprintf("name: web-%d", n), 1)
	}
	tr := tree(t, files)
	s := run(t, Options{Tree: tr, Rego: []string{"policy"}, Gatekeeper: []string{"gatekeeper"}, Manifests: []string{"deploy.yaml"}})
	got := text(s, tr)
	for n := range 5 {
		for i, image := range []string{"nginx:latest", "envoy:1.30"} {
			at := fmt.Sprintf("deploy.yaml:%d:", n*14+12+2*i)
			count := 0
			for line := range strings.Lines(got) {
				if strings.HasPrefix(line, at) && strings.HasSuffix(line, fmt.Sprintf(": web-%d runs %s\n", n, image)) {
					count++
				}
			}
			if count != 2 {
				t.Errorf("web-%d, %s: %d findings at %s", n, image, count, at)
			}
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}
