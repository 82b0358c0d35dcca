package podsecurity

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/pod-security-admission/api"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// namespaces is what the Namespace objects of a workspace demand, by name.
type namespaces map[string]*namespace

type namespace struct {
	demands []demand
	defined bool // an object defines it
	users   int  // workloads in it
}

// modes are the labels of a Namespace, in the order in which they are applied.
var modes = []struct{ level, version string }{
	{api.EnforceLevelLabel, api.EnforceVersionLabel},
	{api.WarnLevelLabel, api.WarnVersionLabel},
	{api.AuditLevelLabel, api.AuditVersionLabel},
}

func isNamespace(o *manifest.Object) bool { return o.Kind == "Namespace" && o.APIVersion == "v1" }

// readNamespaces reads the labels. A value that is no level or version is an
// error: the cluster would judge by something else than what was meant.
func (j *Judge) readNamespaces(objects []*manifest.Object) (namespaces, error) {
	all := namespaces{}
	var errs []error
	for _, o := range objects {
		if !isNamespace(o) {
			continue
		}
		n := all.of(o.Name)
		n.defined = true
		for i, mode := range modes {
			d := demand{LevelVersion: api.LevelVersion{Version: j.standard.Version}, from: mode.level, quiet: i > 0}
			labels := labelsOf(o)
			level, ok := labels[mode.level].(string)
			if !ok {
				continue
			}
			var levelErr, versionErr error
			d.Level, levelErr = api.ParseLevel(level)
			if version, ok := labels[mode.version].(string); ok {
				d.Version, versionErr = api.ParseVersion(version)
			}
			errs = append(errs, labelError(o, mode.level, levelErr), labelError(o, mode.version, versionErr))
			n.demands = append(n.demands, d)
		}
	}
	return all, errors.Join(errs...)
}

func labelsOf(o *manifest.Object) map[string]any {
	labels, _ := lookup(o.Value, []any{"metadata", "labels"}).(map[string]any)
	return labels
}

func labelError(o *manifest.Object, label string, err error) error {
	if err == nil {
		return nil
	}
	check := &gate.CheckError{Err: fmt.Errorf("the label %s %w", label, err)}
	check.Location = gate.Location{Path: o.Path, Object: o.String()}
	check.Location.Range, _ = o.Nearest("metadata", "labels", label)
	return check
}

// production finds the word in the name of a namespace or in a label's value.
var production = regexp.MustCompile(`(?i)(^|[^a-z])(prod|production)($|[^a-z])`)

// nonProduction finds the names that say the opposite with the same word.
var nonProduction = regexp.MustCompile(`(?i)(non|pre|not)[-_.]?prod`)

func isProduction(o *manifest.Object, labels map[string]any) bool {
	is := func(s string) bool { return production.MatchString(s) && !nonProduction.MatchString(s) }
	return is(o.Name) || slices.ContainsFunc(slices.Collect(maps.Keys(labels)), func(key string) bool {
		_, last, found := strings.Cut(key, "/")
		if !found {
			last = key
		}
		value, _ := labels[key].(string)
		return slices.Contains([]string{"env", "environment", "stage", "tier"}, last) && is(value)
	})
}

// unlabelled is the finding for a production namespace that admits every pod.
func unlabelled(o *manifest.Object) []gate.Finding {
	labels := labelsOf(o)
	if _, enforced := labels[api.EnforceLevelLabel]; enforced || !isProduction(o, labels) {
		return nil
	}
	rule := enforceLabel
	f := gate.Finding{
		Rule: rule.ID, Severity: rule.Severity, Layer: rule.Layer, Title: rule.Title,
		Message: fmt.Sprintf("namespace %q has no label %s: it admits privileged pods", o.Name, api.EnforceLevelLabel),
		Hint:    rule.Remediation, URL: rule.URL, Controls: rule.Controls,
	}
	f.Location = gate.Location{Path: o.Path, Object: o.String(), Precision: gate.Inferred}
	f.Location.Range, _ = o.Nearest("metadata", "labels", api.EnforceLevelLabel)
	return []gate.Finding{f}
}

func (all namespaces) of(name string) *namespace {
	if all[name] == nil {
		all[name] = &namespace{}
	}
	return all[name]
}

// unknown notes which namespaces no object defines. If that are all that have
// workloads, nothing was judged, which is an error.
func (all namespaces) unknown() ([]string, error) {
	known := false
	var notes []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		n := all[name]
		known = known || n.defined || n.users == 0
		if !n.defined {
			notes = append(notes, fmt.Sprintf(
				"Pod Security: namespace %q is in no file, its workloads were not judged: %d", name, n.users))
		}
	}
	if known || len(all) == 0 {
		return notes, nil
	}
	return notes, &gate.CheckError{
		Err:  errors.New("policy.pod-security.level: labels, and no Namespace of a workload is in the workspace"),
		Hint: "add the Namespace objects with their labels, or name a level",
	}
}
