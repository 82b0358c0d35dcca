package policy

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/policies"
)

// parameters are those of the built-in templates, as a schema knows them: a
// misspelt one is refused. "strings" is a list of text, "any" has its own form.
var parameters = map[string]string{
	"K8sAllowedRepos":                         "repos:strings exemptImages:strings",
	"K8sContainerLimits":                      "cpu:any memory:any exemptImages:strings",
	"K8sDisallowedTags":                       "tags:strings exemptImages:strings",
	"K8sPSPAllowPrivilegeEscalationContainer": "exemptImages:strings",
	"K8sPSPAllowedUsers":                      "runAsUser:any runAsGroup:any supplementalGroups:any fsGroup:any exemptImages:strings",
	"K8sPSPAutomountServiceAccountTokenPod":   "",
	"K8sPSPFlexVolumes":                       "allowedFlexVolumes:any",
	"K8sPSPForbiddenSysctls":                  "allowedSysctls:strings forbiddenSysctls:strings",
	"K8sPSPFSGroup":                           "rule:string ranges:any",
	"K8sPSPHostNetworkingPorts":               "hostNetwork:any min:any max:any exemptImages:strings",
	"K8sPSPProcMount":                         "procMount:string exemptImages:strings",
	"K8sPSPVolumeTypes":                       "volumes:strings",
	"K8sPSPCapabilities":                      "allowedCapabilities:strings requiredDropCapabilities:strings exemptImages:strings",
	"K8sPSPHostFilesystem":                    "allowedHostPaths:any",
	"K8sPSPHostNamespace":                     "",
	"K8sPSPPrivilegedContainer":               "exemptImages:strings",
	"K8sPSPReadOnlyRootFilesystem":            "exemptImages:strings",
	"K8sRequiredLabels":                       "message:string labels:any",
	"K8sRequiredProbes":                       "probes:strings probeTypes:strings exemptImages:strings",
	"K8sRequiredResources":                    "limits:strings requests:strings exemptImages:strings",
}

// builtinKinds lists the kinds of constraints with a built-in template.
func builtinKinds() []string {
	names, _ := fs.Glob(policies.Templates, "gatekeeper/K8s*.rego") // a fixed pattern is well formed
	for i, name := range names {
		names[i] = strings.TrimSuffix(path.Base(name), ".rego")
	}
	return names
}

// builtinTemplate returns the ConstraintTemplate for a kind, nil if there is
// none.
func builtinTemplate(kind string) (map[string]any, error) {
	code, err := policies.Templates.ReadFile("gatekeeper/" + kind + ".rego")
	if err != nil {
		return nil, nil //nolint:nilerr // no such template is built in
	}
	library, err := policies.Templates.ReadFile("gatekeeper/lib.rego")
	if err != nil {
		return nil, fmt.Errorf("reading the built-in templates: %w", err)
	}
	properties := map[string]any{}
	for parameter := range strings.FieldsSeq(parameters[kind]) {
		name, kind, _ := strings.Cut(parameter, ":")
		properties[name] = map[string]any{
			"string":  map[string]any{"type": "string"},
			"strings": map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
			"any":     map[string]any{"x-kubernetes-preserve-unknown-fields": true},
		}[kind]
	}
	return map[string]any{
		"apiVersion": "templates.gatekeeper.sh/v1",
		"kind":       "ConstraintTemplate",
		"metadata":   map[string]any{"name": strings.ToLower(kind)},
		"spec": map[string]any{
			"crd": map[string]any{"spec": map[string]any{
				"names":      map[string]any{"kind": kind},
				"validation": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "properties": properties}},
			}},
			"targets": []any{map[string]any{
				"target": "admission.k8s.gatekeeper.sh",
				"code": []any{map[string]any{
					"engine": "Rego",
					"source": map[string]any{"version": "v1", "rego": string(code), "libs": []any{string(library)}},
				}},
			}},
		},
	}, nil
}

// templateRules returns the documentation of the built-in templates, which
// stands above their Rego.
func templateRules() ([]gate.Rule, error) {
	var rules []gate.Rule
	for _, kind := range builtinKinds() {
		name := "gatekeeper/" + kind + ".rego"
		code, err := policies.Templates.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the built-in templates: %w", err)
		}
		module, err := ast.ParseModuleWithOpts(name, string(code), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
		if err != nil {
			return nil, fmt.Errorf("parsing %q: %w", name, err)
		}
		for _, a := range module.Annotations {
			if r, ok := documentation(a); ok {
				rules = append(rules, r)
			}
		}
	}
	return rules, nil
}
