package podsecurity

import (
	"maps"
	"slices"

	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A fault is one place at which a check fails, and what the check says of it.
type fault struct {
	path      []any // from the pod
	message   string
	precision gate.Precision
}

// A candidate is a field of the pod at hand that a check reads.
type candidate struct {
	path []any
	field
}

// An experiment asks the evaluator about changed copies of a pod.
type experiment struct {
	judge      *Judge
	standard   api.LevelVersion
	check      string
	pod        any
	candidates []candidate
}

// faults finds the places at which a check fails: the values that fail when
// everything else is right, and the containers that lack a value.
func (j *Judge) faults(w workload, standard api.LevelVersion, result policy.CheckResult) []fault {
	e := experiment{judge: j, standard: standard, check: result.ForbiddenReason, pod: w.pod}
	for _, f := range fieldsOf[e.check] {
		for _, path := range f.places(w.pod) {
			e.candidates = append(e.candidates, candidate{path: path, field: f})
		}
	}
	var all []fault
	repaired := e.pod
	for i, c := range e.candidates {
		if lookup(e.pod, c.path) == nil {
			continue
		}
		if message, fails := e.fails(e.without(func(other int) bool { return other != i })); fails {
			all = append(all, fault{path: c.shown(e.pod), message: message})
			repaired = change(repaired, c.path, c.good)
		}
	}
	if _, fails := e.fails(prune(repaired)); fails {
		all = append(all, e.missing(prune(repaired))...)
	}
	if len(all) == 0 {
		all = []fault{{path: []any{"spec"}, message: result.ForbiddenDetail, precision: gate.Fallback}}
	}
	return all
}

// missing finds the containers that lack a value: those that fail alone.
func (e experiment) missing(pod any) []fault {
	var all []fault
	seen := map[string]bool{}
	for _, c := range e.candidates {
		if len(c.path) < 3 || c.good == nil || !slices.Contains(containerLists, c.path[1].(string)) {
			continue
		}
		message, fails := e.fails(alone(pod, c.path[1].(string), c.path[2].(int)))
		if fails && !seen[message] {
			seen[message] = true
			all = append(all, fault{path: c.path, message: message, precision: gate.Inferred})
		}
	}
	return all
}

// fails reports whether the check fails for a pod, and what it says.
func (e experiment) fails(pod any) (string, bool) {
	typed, err := decode(pod)
	if err != nil {
		return "", false
	}
	for _, r := range e.judge.evaluator.EvaluatePod(e.standard, &typed.ObjectMeta, &typed.Spec) {
		if !r.Allowed && r.ForbiddenReason == e.check {
			return r.ForbiddenDetail, true
		}
	}
	return "", false
}

// without returns the pod with the chosen candidates set right.
func (e experiment) without(chosen func(int) bool) any {
	pod := e.pod
	for i, c := range e.candidates {
		if chosen(i) {
			pod = change(pod, c.path, c.good)
		}
	}
	return prune(pod)
}

// shown is the part of the candidate that a reader has to look at.
func (c candidate) shown(pod any) []any {
	fields, ok := lookup(pod, c.path).(map[string]any)
	if !ok {
		return c.path
	}
	show := c.show
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if show == "" && name != "name" {
			show = name
		}
	}
	if fields[show] == nil {
		return c.path
	}
	return append(slices.Clone(c.path), show)
}

// gone stands for what is to be removed, until no index changes any more.
type gone struct{}

// change returns a copy of a value with another one at a path; nil removes what
// is there. Only what lies on the path is copied.
func change(value any, path []any, to any) any {
	if len(path) == 0 {
		if to == nil {
			return gone{}
		}
		return to
	}
	switch step := path[0].(type) {
	case int:
		items := slices.Clone(value.([]any))
		items[step] = change(items[step], path[1:], to)
		return items
	case string:
		fields, _ := value.(map[string]any)
		if _, there := fields[step]; !there && to == nil {
			return value
		}
		fields = maps.Clone(fields)
		if fields == nil {
			fields = map[string]any{}
		}
		fields[step] = change(fields[step], path[1:], to)
		return fields
	}
	return value
}

// prune returns a copy without what is gone.
func prune(value any) any {
	switch value := value.(type) {
	case []any:
		var items []any
		for _, item := range value {
			if item != (any)(gone{}) {
				items = append(items, prune(item))
			}
		}
		return items
	case map[string]any:
		fields := make(map[string]any, len(value))
		for name, field := range value {
			if _, removed := field.(gone); !removed {
				fields[name] = prune(field)
			}
		}
		return fields
	}
	return value
}

// alone returns the pod with one container only.
func alone(pod any, list string, index int) any {
	for _, name := range containerLists {
		items, _ := lookup(pod, []any{"spec", name}).([]any)
		for i := range items {
			if name != list || i != index {
				pod = change(pod, []any{"spec", name, i}, nil)
			}
		}
	}
	return prune(pod)
}
