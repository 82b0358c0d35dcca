package podsecurity

import (
	"maps"
	"slices"
	"strings"
)

// A field is one that a check reads, and what it may hold.
type field struct {
	path []string // from the pod; "*" stands for every item or key
	good any      // a value that every version of the check accepts; nil: none at all
	show string   // the part of a faulty mapping to show; "": what stands beside its name
}

var containerLists = []string{"containers", "initContainers", "ephemeralContainers"}

// fieldsOf lists the fields that each check reads. A check that is missing here
// is placed at the pod's specification.
var fieldsOf = map[string][]field{
	"allowPrivilegeEscalation": inContainers(false, "securityContext.allowPrivilegeEscalation"),
	"appArmorProfile":          append(annotations(), everywhere(nil, "securityContext.appArmorProfile.type")...),
	"capabilities_baseline":    inContainers(nil, "securityContext.capabilities.add.*"),
	"capabilities_restricted": append(inContainers(nil, "securityContext.capabilities.add.*"),
		inContainers([]any{"ALL"}, "securityContext.capabilities.drop")...),
	"hostNamespaces":  inPod(nil, "hostNetwork", "hostPID", "hostIPC"),
	"hostPathVolumes": inPod(nil, "volumes.*.hostPath"),
	"hostPorts":       inContainers(nil, "ports.*.hostPort"),
	"hostProbesAndHostLifecycle": inContainers(nil,
		"livenessProbe.httpGet.host", "readinessProbe.httpGet.host", "startupProbe.httpGet.host",
		"livenessProbe.tcpSocket.host", "readinessProbe.tcpSocket.host", "startupProbe.tcpSocket.host",
		"lifecycle.postStart.httpGet.host", "lifecycle.preStop.httpGet.host",
		"lifecycle.postStart.tcpSocket.host", "lifecycle.preStop.tcpSocket.host"),
	"privileged":                inContainers(nil, "securityContext.privileged"),
	"procMount":                 inContainers(nil, "securityContext.procMount"),
	"procMount_restricted":      inContainers(nil, "securityContext.procMount"),
	"restrictedVolumes":         inPod(nil, "volumes.*"),
	"runAsNonRoot":              everywhere(true, "securityContext.runAsNonRoot"),
	"runAsUser":                 everywhere(nil, "securityContext.runAsUser"),
	"seLinuxOptions":            everywhere(nil, "securityContext.seLinuxOptions.type", "securityContext.seLinuxOptions.user", "securityContext.seLinuxOptions.role"),
	"seccompProfile_baseline":   append(annotations(), everywhere(nil, "securityContext.seccompProfile.type")...),
	"seccompProfile_restricted": everywhere("RuntimeDefault", "securityContext.seccompProfile.type"),
	"sysctls":                   {{path: strings.Split("spec.securityContext.sysctls.*", "."), show: "name"}},
	"windowsHostProcess":        everywhere(nil, "securityContext.windowsOptions.hostProcess"),
}

func annotations() []field { return []field{{path: []string{"metadata", "annotations", "*"}}} }

func inPod(good any, paths ...string) []field {
	var fields []field
	for _, path := range paths {
		fields = append(fields, field{path: append([]string{"spec"}, strings.Split(path, ".")...), good: good})
	}
	return fields
}

func inContainers(good any, paths ...string) []field {
	var fields []field
	for _, list := range containerLists {
		for _, path := range paths {
			fields = append(fields, inPod(good, list+".*."+path)...)
		}
	}
	return fields
}

func everywhere(good any, paths ...string) []field {
	return append(inPod(good, paths...), inContainers(good, paths...)...)
}

// places returns the paths in a document that a field stands for, whether or
// not it is there; its parents up to the last "*" are.
func (f field) places(document any) [][]any { return expand(document, f.path, nil) }

func expand(value any, steps []string, before []any) [][]any {
	if len(steps) == 0 {
		return [][]any{before}
	}
	next := func(child any, step any) [][]any { return expand(child, steps[1:], append(slices.Clone(before), step)) }
	if steps[0] != "*" {
		fields, _ := value.(map[string]any)
		return next(fields[steps[0]], steps[0])
	}
	var all [][]any
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			all = append(all, next(item, i)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			all = append(all, next(value[name], name)...)
		}
	}
	return all
}
