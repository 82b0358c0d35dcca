package policy

import (
	"maps"
	"slices"
	"testing"
)

// TestBuiltinTemplates gives each built-in template a pod that it finds and one
// that it lets pass.
func TestBuiltinTemplates(t *testing.T) {
	container := func(rest string) string {
		return "  containers:\n  - name: web\n    image: registry.example/web:1\n" + rest
	}
	cases := map[string]struct{ parameters, bad, good string }{
		"K8sAllowedRepos":                         {"{repos: [registry.example/]}", "  containers: [{name: web, image: elsewhere/web:1}]\n", container("")},
		"K8sContainerLimits":                      {"{cpu: 500m, memory: 1Gi}", container("    resources: {limits: {cpu: 1, memory: 1Gi}}\n"), container("    resources: {limits: {cpu: 0.5, memory: 512Mi}}\n")},
		"K8sDisallowedTags":                       {"{tags: [\"1\"], exemptImages: [\"mine/*\"]}", container(""), "  containers: [{name: web, image: \"mine/web:1\"}]\n"},
		"K8sPSPAllowPrivilegeEscalationContainer": {"{}", container(""), container("    securityContext: {allowPrivilegeEscalation: false}\n")},
		"K8sPSPAllowedUsers":                      {"{runAsUser: {rule: MustRunAs, ranges: [{min: 100, max: 200}]}}", container("    securityContext: {runAsUser: 99}\n"), container("  securityContext: {runAsUser: 150}\n")},
		"K8sPSPCapabilities":                      {"{allowedCapabilities: [CHOWN], requiredDropCapabilities: [ALL]}", container("    securityContext: {capabilities: {add: [SYS_ADMIN], drop: [ALL]}}\n"), container("    securityContext: {capabilities: {add: [CHOWN], drop: [ALL]}}\n")},
		"K8sPSPHostFilesystem":                    {"{allowedHostPaths: [{pathPrefix: /var/log, readOnly: true}]}", container("  volumes: [{name: a, hostPath: {path: /var/logs}}]\n"), container("  volumes: [{name: a, hostPath: {path: /var/log/web}}]\n")},
		"K8sPSPHostNamespace":                     {"{}", container("  hostPID: true\n"), container("  hostPID: false\n")},
		"K8sPSPPrivilegedContainer":               {"{}", container("    securityContext: {privileged: true}\n"), container("    securityContext: {privileged: false}\n")},
		"K8sPSPReadOnlyRootFilesystem":            {"{}", container(""), container("    securityContext: {readOnlyRootFilesystem: true}\n")},
		"K8sRequiredLabels":                       {"{labels: [{key: name, allowedRegex: ^good$}]}", container(""), container("")},
		"K8sRequiredProbes":                       {"{probes: [readinessProbe]}", container(""), container("    readinessProbe: {httpGet: {port: 80}}\n")},
		"K8sRequiredResources":                    {"{limits: [memory], requests: [cpu]}", container("    resources: {limits: {memory: 1Gi}}\n"), container("    resources: {limits: {memory: 1Gi}, requests: {cpu: 1}}\n")},
	}
	if kinds := slices.Sorted(maps.Keys(cases)); !slices.Equal(kinds, builtinKinds()) {
		t.Errorf("cases for %v, templates for %v", kinds, builtinKinds())
	}
	for kind, c := range cases {
		t.Run(kind, func(t *testing.T) {
			pod := func(name, spec string) string {
				return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", labels: {name: " + name + "}}\nspec:\n" + spec
			}
			tr := tree(t, map[string]string{
				"gatekeeper/c.yaml": constraint(kind, "it", "  parameters: "+c.parameters+"\n"),
				"bad.yaml":          pod("bad", c.bad), "good.yaml": pod("good", c.good),
			})
			s := run(t, Options{Tree: tr, Gatekeeper: []string{"gatekeeper"}})
			if len(s.Findings) != 1 || s.Findings[0].Path != "bad.yaml" || s.Findings[0].Line < 3 || s.Error != "" {
				t.Error(text(s, tr))
			}
		})
	}
}
