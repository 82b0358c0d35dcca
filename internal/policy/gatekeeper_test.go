package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// bothConstraints are those that stand in many repositories without a template.
const bothConstraints = `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sDisallowedTags
metadata: {name: no-latest}
spec:
  match: {kinds: [{apiGroups: [""], kinds: ["Pod"]}]}
  parameters: {tags: ["latest"]}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredResources
metadata: {name: require-limits}
spec:
  match: {kinds: [{apiGroups: [""], kinds: ["Pod"]}]}
`

// TestConstraintsAlone shows that common constraints need no template, and that
// one on pods finds what is wrong with a Deployment.
func TestConstraintsAlone(t *testing.T) {
	tr := tree(t, map[string]string{"gatekeeper/constraints.yaml": bothConstraints, "deploy.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
      - name: untagged
        image: registry.example:5000/web
        resources: {limits: {cpu: 1, memory: 1Gi}}
      - name: latest
        image: registry.example/web:latest
        resources:
          limits: {cpu: 1}
      - {name: good, image: "registry.example/web:1.4", resources: {limits: {cpu: 1, memory: 1Gi}}}
`})
	s := run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}})
	const want = `deploy.yaml:9:16-9:41 inferred high gatekeeper/K8sDisallowedTags/no-latest Deployment/shop/web: container "untagged" has an image without a tag: registry.example:5000/web
	registry.example:5000/web
deploy.yaml:12:16-12:43 inferred high gatekeeper/K8sDisallowedTags/no-latest Deployment/shop/web: container "latest" has an image with the disallowed tag latest: registry.example/web:latest
	registry.example/web:latest
deploy.yaml:14:11-14:17 exact high gatekeeper/K8sRequiredResources/require-limits Deployment/shop/web: container "latest" has no memory limit
	limits
note: K8sDisallowedTags: the built-in template is used, no file has one
note: K8sRequiredResources: the built-in template is used, no file has one
`
	if got := text(s, tr); got != want || s.Checked.Rules != 2 || s.Checked.Objects != 1 {
		t.Errorf("%+v:\n%s\nwant:\n%s", s.Checked, got, want)
	}
	if s.Verdict != gate.Failed {
		t.Error(s.Verdict)
	}
}

// templates of the tests, in both languages.
const (
	regoTemplate = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8steam}
spec:
  crd: {spec: {names: {kind: K8sTeam}, validation: {openAPIV3Schema: {type: object, properties: {label: {type: string}}}}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package k8steam

      violation[{"msg": msg}] {
        value := input.review.object.metadata.labels[input.parameters.label]
        value != lower(value)
        msg := sprintf("label %s is not in lower case", [input.parameters.label])
      }
`
	celTemplate = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8sreplicas}
spec:
  crd: {spec: {names: {kind: K8sReplicas}, validation: {openAPIV3Schema: {type: object, properties: {most: {type: integer}}}}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    code:
    - engine: K8sNativeValidation
      source:
        validations:
        - expression: "!has(object.spec.replicas) || object.spec.replicas <= variables.params.most"
          messageExpression: '"spec.replicas is more than " + string(variables.params.most)'
`
	web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    team: Web
spec:
  replicas: 9
`
)

func constraint(kind, name, rest string) string {
	return "---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: " + kind + "\nmetadata: {name: " + name + "}\nspec:\n" + rest
}

// TestTemplatesOfTheWorkspace runs Rego and CEL, with parameters, matches and
// enforcement actions.
func TestTemplatesOfTheWorkspace(t *testing.T) {
	for name, c := range map[string]struct{ constraints, want string }{
		"rego": {constraint("K8sTeam", "a", "  match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}\n  parameters: {label: team}\n"),
			"deploy.yaml:7:11-7:14 inferred high gatekeeper/K8sTeam/a Deployment/shop/web: label team is not in lower case\n\tWeb\n"},
		"cel": {constraint("K8sReplicas", "b", "  match: {kinds: [{apiGroups: [apps], kinds: ['*']}]}\n  parameters: {most: 3}\n"),
			"deploy.yaml:9:13-9:14 inferred high gatekeeper/K8sReplicas/b Deployment/shop/web: spec.replicas is more than 3\n\t9\n"},
		"warn": {constraint("K8sTeam", "a", "  match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}\n  enforcementAction: warn\n  parameters: {label: team}\n"),
			"deploy.yaml:7:11-7:14 inferred low gatekeeper/K8sTeam/a Deployment/shop/web: label team is not in lower case\n\tWeb\n"},
		"scoped": {constraint("K8sTeam", "a", "  match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}\n  enforcementAction: scoped\n  scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: validation.gatekeeper.sh}]}]\n  parameters: {label: team}\n"),
			"deploy.yaml:7:11-7:14 inferred high gatekeeper/K8sTeam/a Deployment/shop/web: label team is not in lower case\n\tWeb\n"},
		"no namespace":  {constraint("K8sTeam", "a", "  match: {namespaces: [default], kinds: [{apiGroups: [''], kinds: [Service]}]}\n  parameters: {label: team}\n"), "service.yaml:3:38-3:40 inferred high gatekeeper/K8sTeam/a Service/web: label team is not in lower case\n\tUs\n"},
		"namespace":     {constraint("K8sTeam", "a", "  match: {namespaces: [other], kinds: [{kinds: [Deployment]}]}\n  parameters: {label: team}\n"), ""},
		"kind":          {constraint("K8sTeam", "a", "  match: {kinds: [{apiGroups: [batch], kinds: [Job]}]}\n  parameters: {label: team}\n"), ""},
		"selector":      {constraint("K8sTeam", "a", "  match: {kinds: [{kinds: [Deployment]}], namespaceSelector: {matchLabels: {stage: production}}}\n  parameters: {label: team}\n"), "deploy.yaml:7:11-7:14 inferred high gatekeeper/K8sTeam/a Deployment/shop/web: label team is not in lower case\n\tWeb\n"},
		"selects other": {constraint("K8sTeam", "a", "  match: {kinds: [{kinds: [Deployment]}], namespaceSelector: {matchLabels: {stage: test}}}\n  parameters: {label: team}\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			tr := tree(t, map[string]string{
				"gatekeeper/all.yaml": regoTemplate + "---\n" + celTemplate + c.constraints,
				"deploy.yaml":         web,
				"service.yaml":        "apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {team: Us}}\n",
				"ns.yaml":             "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {stage: production}}\n",
			})
			if got := text(run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}}), tr); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// TestDryrunNeverBlocks shows that what the cluster only counts is reported and
// closes no gate, whatever the threshold.
func TestDryrunNeverBlocks(t *testing.T) {
	tr := tree(t, map[string]string{
		"gatekeeper/all.yaml": regoTemplate + constraint("K8sTeam", "a", "  enforcementAction: dryrun\n  parameters: {label: team}\n"),
		"deploy.yaml":         web,
	})
	s := run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}})
	if len(s.Findings) != 1 || s.Findings[0].Severity != gate.Low || s.Findings[0].Blocks(gate.Low) || s.Verdict != gate.Passed {
		t.Errorf("%s:\n%s", s.Verdict, text(s, tr))
	}
}

// TestReferentialData shows that templates see every manifest of the workspace,
// also those that policy.manifests leaves out.
func TestReferentialData(t *testing.T) {
	const unique = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: uniquehost}
spec:
  crd: {spec: {names: {kind: UniqueHost}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package uniquehost

      violation[{"msg": msg}] {
        host := input.review.object.spec.rules[_].host
        other := data.inventory.namespace[_][_]["Ingress"][name]
        name != input.review.object.metadata.name
        other.spec.rules[_].host == host
        msg := sprintf("host %s is that of ingress %s too", [host, name])
      }
`
	ingress := func(name string) string {
		return "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: " + name + ", namespace: shop}\nspec:\n  rules:\n  - host: free.example\n  - host: shop.example\n"
	}
	tr := tree(t, map[string]string{
		"gatekeeper/all.yaml": unique + constraint("UniqueHost", "a", "  match: {kinds: [{apiGroups: ['*'], kinds: [Ingress]}]}\n"),
		"new/a.yaml":          ingress("a"),
		"old/b.yaml":          strings.Replace(ingress("b"), "free", "other", 1),
	})
	got := text(run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}, Manifests: []string{"new"}}), tr)
	const want = "new/a.yaml:7:11-7:23 inferred high gatekeeper/UniqueHost/a Ingress/shop/a: host shop.example is that of ingress b too\n\tshop.example\n"
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestGatekeeperErrors shows that what a cluster would refuse, or could not
// decide, is an error with its place.
func TestGatekeeperErrors(t *testing.T) {
	const team = "  parameters: {label: team}\n"
	for name, c := range map[string]struct{ files, want string }{
		"R09 network":        {strings.Replace(regoTemplate, "lower(value)", "http.send({\"url\": value}).body", 1), "error: gatekeeper/all.yaml:13: the builtin http.send is not allowed in policies\n"},
		"R11 environment":    {strings.Replace(regoTemplate, "lower(value)", "opa.runtime().env.HOME", 1), "error: gatekeeper/all.yaml:13: the builtin opa.runtime is not allowed in policies\n"},
		"R09 external data":  {strings.Replace(regoTemplate, "lower(value)", "external_data({\"provider\": \"x\", \"keys\": [value]})", 1), "error: gatekeeper/all.yaml:13: the builtin external_data is not allowed in policies\n"},
		"syntax":             {strings.Replace(regoTemplate, "value := input", "value := := input", 1), "error: gatekeeper/all.yaml:12: "},
		"cel":                {strings.Replace(celTemplate, "<= variables", "<=> variables", 1) + constraint("K8sReplicas", "b", "  parameters: {most: 3}\n"), "error: gatekeeper/all.yaml:11:9: evaluating the template of K8sReplicas: compilation error: "},
		"R15 unknown field":  {strings.Replace(regoTemplate, "rego: |", "libss: []\n    rego: |", 1), "error: gatekeeper/all.yaml:8:5: ConstraintTemplate has no field \"libss\"\n"},
		"R15 misspelled":     {regoTemplate + constraint("K8sTeam", "a", "  params: {label: team}\n"), "unknown fields: [spec.params]"},
		"no template":        {constraint("K8sNobodyKnows", "a", ""), "error: gatekeeper/all.yaml:3:7: no ConstraintTemplate for the kind K8sNobodyKnows\n"},
		"no constraint":      {regoTemplate, "error: policy.gatekeeper: no constraint in the files\n"},
		"parameter":          {regoTemplate + constraint("K8sTeam", "a", "  parameters: {label: 7}\n"), "error: gatekeeper/all.yaml:21:15: schema validation failed"},
		"built-in parameter": {constraint("K8sRequiredLabels", "a", "  parameters: {label: [x]}\n"), "error: gatekeeper/all.yaml:6:"},
		"no namespace":       {regoTemplate + constraint("K8sTeam", "a", "  match: {kinds: [{kinds: [Deployment]}], namespaceSelector: {matchLabels: {a: b}}}\n"+team), "error: deploy.yaml:1:1: matching Deployment/shop/web with the constraint K8sTeam/a: "},
		"twice":              {regoTemplate + constraint("K8sTeam", "a", team) + constraint("K8sTeam", "a", team), "error: gatekeeper/all.yaml:25:18: a second constraint a\n"},
		"conflict":           {strings.Replace(regoTemplate, "value != lower(value)", "value != f(value)", 1) + "\n      f(x) = 1 { x }\n\n      f(x) = 2 { x }\n" + constraint("K8sTeam", "a", team), "error: gatekeeper/all.yaml:19: evaluating the template of K8sTeam: eval_conflict_error: "},
	} {
		t.Run(name, func(t *testing.T) {
			tr := tree(t, map[string]string{"gatekeeper/all.yaml": c.files, "deploy.yaml": web})
			s := run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}, Builtin: true})
			if got := text(s, tr); !strings.Contains(got, c.want) || s.Verdict != gate.Error {
				t.Errorf("%s, got:\n%s\nwant:\n%s", s.Verdict, got, c.want)
			}
		})
	}
}

// TestR15BrokenTemplate shows that a template that is an error is one error: the
// constraints of its kind repeat nothing, and no built-in template replaces it.
func TestR15BrokenTemplate(t *testing.T) {
	for _, kind := range []string{"K8sTeam", "K8sRequiredLabels"} {
		broken := strings.NewReplacer("lower(value)", "opa.runtime().env.HOME", "K8sTeam", kind, "k8steam", strings.ToLower(kind)).Replace(regoTemplate)
		tr := tree(t, map[string]string{"gatekeeper/all.yaml": broken + constraint(kind, "a", "") + constraint(kind, "b", ""), "deploy.yaml": web})
		s := run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}, Builtin: true})
		if len(s.Failures) != 1 || len(s.Notes) != 0 || s.Verdict != gate.Error || !strings.Contains(text(s, tr), "all.yaml:13: the builtin opa.runtime") {
			t.Errorf("%s: %s, want the error of the template alone, got:\n%s", kind, s.Verdict, text(s, tr))
		}
	}
}

// TestR01ConstraintsOfTheBase shows that a change cannot weaken the constraints
// that it is checked by.
func TestR01ConstraintsOfTheBase(t *testing.T) {
	base := tree(t, map[string]string{"gatekeeper/all.yaml": bothConstraints})
	tr := tree(t, map[string]string{
		"gatekeeper/all.yaml": strings.ReplaceAll(bothConstraints, "Pod", "Nothing"),
		"pod.yaml":            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: web}\n",
	})
	s := run(t, Options{Tree: tr, Policies: base, Gatekeeper: []string{"gatekeeper"}})
	if len(s.Findings) != 3 {
		t.Errorf("%s", text(s, tr))
	}
}

// TestExpansionTemplates shows that an ExpansionTemplate of the workspace takes
// the place of the built-in expansion, and that its action counts.
func TestExpansionTemplates(t *testing.T) {
	const expansion = `---
apiVersion: expansion.gatekeeper.sh/v1alpha1
kind: ExpansionTemplate
metadata: {name: rollouts}
spec:
  applyTo: [{groups: [argoproj.io], kinds: [Rollout], versions: [v1alpha1]}]
  templateSource: spec.template
  enforcementAction: warn
  generatedGVK: {group: "", version: v1, kind: Pod}
`
	tr := tree(t, map[string]string{
		"gatekeeper/all.yaml": bothConstraints + expansion,
		"rollout.yaml":        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: web\n        resources: {limits: {cpu: 1, memory: 1Mi}}\n",
	})
	const want = "rollout.yaml:9:16-9:19 inferred low gatekeeper/K8sDisallowedTags/no-latest Rollout/web: container \"web\" has an image without a tag: web\n\tweb\n"
	if got := text(run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}}), tr); !strings.HasPrefix(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestMentioned shows which field a message without a better place stands for.
func TestMentioned(t *testing.T) {
	object := map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"team": "web"}},
		"spec": map[string]any{
			"hostNetwork": true,
			"containers": []any{
				map[string]any{"name": "a", "image": "a:1"},
				map[string]any{"name": "web", "image": "web:2", "securityContext": map[string]any{"privileged": true}},
			},
		},
	}
	for message, want := range map[string]string{
		"container <web> must not set securityContext.privileged.": "[spec containers 1 securityContext privileged]",
		`image "web:2" of container web`:                           "[spec containers 1 image]",
		"container web is wrong":                                   "[spec containers 1 name]",
		"the pod sets hostNetwork":                                 "[spec hostNetwork]",
		"nothing of this is there":                                 "[]",
	} {
		if got := fmt.Sprint(mentioned(message, object)); got != want {
			t.Errorf("%s: %s, want %s", message, got, want)
		}
	}
}
