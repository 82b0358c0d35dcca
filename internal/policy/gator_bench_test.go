package policy

import (
	"context"
	"testing"

	"github.com/open-policy-agent/gatekeeper/v3/pkg/gator/reader"
	gator "github.com/open-policy-agent/gatekeeper/v3/pkg/gator/test"
)

// deploymentConstraints find three faults in each of the [deployments], two of
// them in the pod, which gator makes only if it is told how. No result says at
// which field it is.
const deploymentConstraints = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8smemory}
spec:
  crd: {spec: {names: {kind: K8sMemory}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package k8smemory

      violation[{"msg": msg}] {
        container := input.review.object.spec.containers[_]
        not container.resources.limits.memory
        msg := sprintf("container %s has no memory limit", [container.name])
      }
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8sleast}
spec:
  crd: {spec: {names: {kind: K8sLeast}, validation: {openAPIV3Schema: {type: object, properties: {least: {type: integer}}}}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package k8sleast

      violation[{"msg": msg}] {
        replicas := input.review.object.spec.replicas
        replicas < input.parameters.least
        msg := sprintf("%d replicas are less than %d", [replicas, input.parameters.least])
      }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sMemory
metadata: {name: memory}
spec:
  match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sLeast
metadata: {name: least}
spec:
  match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}
  parameters: {least: 2}
---
apiVersion: expansion.gatekeeper.sh/v1alpha1
kind: ExpansionTemplate
metadata: {name: deployments}
spec:
  applyTo: [{groups: [apps], kinds: [Deployment], versions: [v1]}]
  templateSource: spec.template
  generatedGVK: {group: "", kind: Pod, version: v1}
`

// BenchmarkGatekeeper asks two constraints about 1,000 documents: the stage,
// which finds the field of every result, and the library behind gator test,
// which gives the message.
func BenchmarkGatekeeper(b *testing.B) {
	const documents, want = 1000, 3 * 1000
	files := deployments(documents, 1)
	files["gatekeeper/all.yaml"] = deploymentConstraints
	tr := tree(b, files)
	b.Run("portcullis", func(b *testing.B) {
		measured(b, documents, func() {
			res, err := New(Options{Tree: reopened(b, tr), Gatekeeper: []string{"gatekeeper"}}).Run(context.Background())
			if err != nil || len(res.Findings) != want || res.Checked.Objects != documents {
				b.Fatal(len(res.Findings), res.Checked, err)
			}
		})
	})
	b.Run("gator", func(b *testing.B) {
		measured(b, documents, func() {
			objects, err := reader.ReadSources([]string{tr.Dir()}, nil, "")
			if err != nil {
				b.Fatal(err)
			}
			responses, err := gator.Test(objects)
			if err != nil {
				b.Fatal(err)
			}
			if found := responses.Results(); len(found) != want {
				b.Fatal(len(found))
			}
		})
	})
}
