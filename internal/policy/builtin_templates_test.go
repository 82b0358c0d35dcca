package policy

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestBuiltinTemplates runs the examples of each built-in template: a constraint
// and a pod that it finds, and the same with one that it lets pass.
func TestBuiltinTemplates(t *testing.T) {
	rules, err := templateRules()
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, r := range rules {
		kind := strings.TrimPrefix(r.ID, "gatekeeper/")
		documented = append(documented, kind)
		t.Run(kind, func(t *testing.T) {
			for name, text := range map[string]string{"title": r.Title, "why": r.Why, "remediation": r.Remediation} {
				if text == "" {
					t.Errorf("no %s", name)
				}
			}
			for example, want := range map[string]int{r.Bad: 1, r.Good: 0} {
				constraint, pod, _ := strings.Cut(example, "---\n")
				tr := tree(t, map[string]string{"gatekeeper/c.yaml": constraint, "pod.yaml": pod})
				s := run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}})
				if len(s.Findings) != want || s.Error != "" || want > 0 && (s.Findings[0].Line < 3 || s.Findings[0].Rule != r.ID+"/example") {
					t.Errorf("%d findings, want %d in\n%s\n%s", len(s.Findings), want, example, text(s, tr))
				}
			}
		})
	}
	if kinds := slices.Sorted(maps.Keys(parameters)); !slices.Equal(kinds, slices.Sorted(slices.Values(documented))) || !slices.Equal(kinds, slices.Sorted(slices.Values(builtinKinds()))) {
		t.Errorf("documented: %v, templates: %v, parameters: %v", documented, builtinKinds(), kinds)
	}
}

// TestBuiltinTemplateCases are pods for what the examples leave open.
func TestBuiltinTemplateCases(t *testing.T) {
	for name, c := range map[string]struct {
		kind, parameters, spec string
		want                   int
	}{
		"port outside":         {"K8sPSPHostNetworkingPorts", "{min: 80, max: 90}", "containers: [{name: a, image: a, ports: [{hostPort: 79}, {hostPort: 80}, {hostPort: 91}, {containerPort: 1}]}]", 2},
		"host network allowed": {"K8sPSPHostNetworkingPorts", "{hostNetwork: true}", "{hostNetwork: true, containers: [{name: a, image: a, ports: [{hostPort: 7}]}]}", 0},
		"every volume":         {"K8sPSPVolumeTypes", "{volumes: ['*']}", "volumes: [{name: a, nfs: {}}]", 0},
		"sysctls allowed":      {"K8sPSPForbiddenSysctls", "{allowedSysctls: [a.*, b]}", "securityContext: {sysctls: [{name: a.b}, {name: b}, {name: c}]}", 1},
		"sysctls none":         {"K8sPSPForbiddenSysctls", "{forbiddenSysctls: ['*']}", "securityContext: {sysctls: [{name: a.b}, {name: b}]}", 2},
		"group missing":        {"K8sPSPFSGroup", "{rule: MustRunAs, ranges: [{min: 1, max: 9}]}", "containers: []", 1},
		"group may be missing": {"K8sPSPFSGroup", "{rule: MayRunAs, ranges: [{min: 1, max: 9}]}", "containers: []", 0},
		"group any":            {"K8sPSPFSGroup", "{rule: RunAsAny}", "securityContext: {fsGroup: 0}", 0},
		"unmasked allowed":     {"K8sPSPProcMount", "{procMount: Unmasked}", "containers: [{name: a, image: a, securityContext: {procMount: Unmasked}}]", 0},
		"token by mount":       {"K8sPSPAutomountServiceAccountTokenPod", "{}", "containers: [{name: a, volumeMounts: [{mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]}]", 1},
		"exempt":               {"K8sDisallowedTags", "{tags: [\"1\"], exemptImages: [\"mine/*\"]}", "containers: [{name: a, image: \"mine/web:1\"}]", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(c.spec, "{") {
				c.spec = "\n  " + c.spec
			}
			tr := tree(t, map[string]string{
				"gatekeeper/c.yaml": constraint(c.kind, "it", "  parameters: "+c.parameters+"\n"),
				"pod.yaml":          "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: " + c.spec + "\n",
			})
			if s := run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}}); len(s.Findings) != c.want || s.Error != "" {
				t.Errorf("%d findings, want %d\n%s", len(s.Findings), c.want, text(s, tr))
			}
		})
	}
}
