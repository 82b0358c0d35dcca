// Package podsecurity judges workloads by the Pod Security Standards, with the
// evaluator that the admission controller of Kubernetes runs.
//
// The evaluator says which check fails and names containers in its text. Where
// the fault stands is found by asking it again: with every field that the check
// reads set right but one, only the fields at fault still fail. Messages and
// places so come from the verdicts themselves and not from reading their text.
package podsecurity

import (
	"cmp"
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// Labels is the level that takes level and version from the labels of the
// Namespace that a workload is in.
const Labels = "labels"

// A Judge applies one level and version, or those of the namespaces.
type Judge struct {
	standard  api.LevelVersion
	labels    bool
	evaluator policy.Evaluator
	levels    map[policy.CheckID]api.Level // that a check belongs to
}

// New returns the judge for a level (privileged, baseline, restricted or
// [Labels]) and a version ("v1.30"; "latest" and "" are the newest one).
func New(level, version string) (*Judge, error) {
	j := &Judge{labels: level == Labels, levels: map[policy.CheckID]api.Level{}}
	var err error
	if version == "" {
		version = "latest"
	}
	if j.standard.Version, err = api.ParseVersion(version); err != nil {
		return nil, fmt.Errorf("policy.pod-security.version: %q %w", version, err)
	}
	if !j.labels {
		if j.standard.Level, err = api.ParseLevel(level); err != nil {
			return nil, fmt.Errorf("policy.pod-security.level: %q %w", level, err)
		}
	}
	checks := policy.DefaultChecks()
	for _, check := range checks {
		j.levels[check.ID] = check.Level
		for i := range check.Versions {
			check.Versions[i].CheckPod = named(check.ID, check.Versions[i].CheckPod)
		}
	}
	if j.evaluator, err = policy.NewEvaluator(checks, nil); err != nil {
		return nil, fmt.Errorf("preparing the Pod Security checks: %w", err)
	}
	return j, nil
}

// named makes a check give its id as the reason, which the evaluator leaves
// out, and reason and detail together as the detail.
func named(id policy.CheckID, check policy.CheckPodFn) policy.CheckPodFn {
	return func(metadata *metav1.ObjectMeta, spec *corev1.PodSpec) policy.CheckResult {
		r := check(metadata, spec)
		r.ForbiddenDetail = strings.TrimSuffix(r.ForbiddenReason+": "+r.ForbiddenDetail, ": ")
		r.ForbiddenReason = string(id)
		return r
	}
}

// Checks counts the checks that the judge may apply.
func (j *Judge) Checks() int {
	if j.labels {
		return len(j.levels) + 1 // and that of the labels themselves
	}
	return len(j.evaluator.EvaluatePod(j.standard, &metav1.ObjectMeta{}, &corev1.PodSpec{}))
}

// A Court is a judge that knows the namespaces of a workspace. Its methods may
// be called at once from several goroutines.
type Court struct {
	judge      *Judge
	mu         sync.Mutex
	namespaces namespaces // by name; nil: a fixed level
}

// In returns the judge for a workspace with these Namespace objects, of which
// only the level [Labels] wants to know. A label with a value that the cluster
// does not know is an error.
func (j *Judge) In(objects []*manifest.Object) (*Court, error) {
	c := &Court{judge: j}
	if !j.labels {
		return c, nil
	}
	var err error
	c.namespaces, err = j.readNamespaces(objects)
	return c, err
}

// Labels reports whether the levels are those of the namespaces.
func (j *Judge) Labels() bool { return j.labels }

// Check judges an object if it is a workload, or the Namespace that has to name
// a level; other kinds are none of its business. The error is a
// [*gate.CheckError] for a workload that the API server could not decode.
func (c *Court) Check(o *manifest.Object) ([]gate.Finding, error) {
	if c.judge.labels && isNamespace(o) {
		return unlabelled(o), nil
	}
	w, ok := workloadOf(o)
	if !ok {
		return nil, nil
	}
	return c.judge.judge(w, c.demands(o))
}

// demands returns what a workload has to meet.
func (c *Court) demands(o *manifest.Object) []demand {
	if !c.judge.labels {
		return []demand{{LevelVersion: c.judge.standard}}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.namespaces.of(cmp.Or(o.Namespace, "default"))
	n.users++
	return n.demands
}

// Notes says, when all is checked, which workloads were not judged because no
// object defines their namespace. If these are all, nothing was judged, which
// is an error.
func (c *Court) Notes() ([]string, error) { return c.namespaces.unknown() }

// A demand is a level and version that pods have to meet.
type demand struct {
	api.LevelVersion
	from  string // the label that demands it, "" if it is the configuration
	quiet bool   // it only warns
}

// judge returns what fails, each check once and by the first demand that it
// fails.
func (j *Judge) judge(w workload, demands []demand) ([]gate.Finding, error) {
	pod, err := decode(w.pod)
	if err != nil {
		return nil, w.undecodable(err)
	}
	var all []gate.Finding
	seen := map[string]bool{}
	for _, d := range demands {
		for _, result := range j.evaluator.EvaluatePod(d.LevelVersion, &pod.ObjectMeta, &pod.Spec) {
			if result.Allowed || seen[result.ForbiddenReason] {
				continue
			}
			seen[result.ForbiddenReason] = true
			all = append(all, j.findings(w, d, result)...)
		}
	}
	return all, nil
}

// findings makes one finding for each place at which a check fails.
func (j *Judge) findings(w workload, d demand, result policy.CheckResult) []gate.Finding {
	rule := byID(result.ForbiddenReason, j.levels)
	if d.quiet {
		rule.Severity = gate.Low
	}
	faults := j.faults(w, d.LevelVersion, result)
	findings := make([]gate.Finding, 0, len(faults))
	for _, f := range faults {
		message := f.message
		if d.from != "" {
			message += fmt.Sprintf(" (%s: %s)", d.from, d.LevelVersion)
		}
		findings = append(findings, gate.Finding{
			Rule: rule.ID, Severity: rule.Severity, Layer: rule.Layer, Title: rule.Title, Message: message,
			Hint: rule.Remediation, URL: rule.URL, Controls: rule.Controls, Location: w.location(f),
		})
	}
	return findings
}
