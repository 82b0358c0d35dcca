package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// A use is an image that an object names.
type use struct {
	reference string
	path      []any // of the field
	spec      []any // of the pod specification that it is in; nil: in none
}

// named returns the images that an object names: in its containers, and where
// the configuration says for its kind.
func (w *Workloads) named(o *manifest.Object) ([]use, error) {
	all := containers(o)
	kind := o.Kind
	if group, _, found := strings.Cut(o.APIVersion, "/"); found {
		kind += "." + group
	}
	for _, written := range w.Paths[kind] {
		for _, path := range follow(o.Value, nil, strings.Split(written, ".")) {
			reference, ok := value(o.Value, path).(string)
			if !ok {
				place, _ := o.Nearest(path...)
				return all, &gate.CheckError{
					Location: gate.Location{Path: o.Path, Range: place, Object: o.String()},
					Err:      fmt.Errorf("%s: scan.image-paths names %s, which is no text", o, written),
				}
			}
			all = append(all, use{reference: reference, path: path})
		}
	}
	return all, nil
}

// containers returns the images of the containers of a workload.
func containers(o *manifest.Object) []use {
	spec, ok := o.PodSpec()
	if !ok {
		return nil
	}
	var all []use
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		items, _ := value(o.Value, append(slices.Clone(spec), list)).([]any)
		for i := range items {
			path := append(slices.Clone(spec), list, i, "image")
			if reference, _ := value(o.Value, path).(string); reference != "" { // without one no cluster takes it
				all = append(all, use{reference: reference, path: path, spec: spec})
			}
		}
	}
	return all
}

// follow returns the paths below v that steps lead to. A step that ends in "[]"
// stands for every item. What is not there leads nowhere.
func follow(v any, at []any, steps []string) [][]any {
	if len(steps) == 0 {
		return [][]any{at}
	}
	field, every := strings.CutSuffix(steps[0], "[]")
	fields, _ := v.(map[string]any)
	v, ok := fields[field]
	if !ok || v == nil {
		return nil
	}
	at = append(slices.Clone(at), field)
	if !every {
		return follow(v, at, steps[1:])
	}
	var all [][]any
	items, _ := v.([]any)
	for i, item := range items {
		all = append(all, follow(item, append(slices.Clone(at), i), steps[1:])...)
	}
	return all
}

// withoutDigest returns a finding for each line that names an image without a digest,
// and which one it was today.
func withoutDigest(t target, digest string) []gate.Finding {
	if strings.Contains(t.reference, "@sha256:") {
		return nil
	}
	var findings []gate.Finding
	for _, at := range t.places {
		findings = append(findings, gate.Finding{
			Rule: imageNotPinned.ID, Severity: imageNotPinned.Severity, Layer: imageNotPinned.Layer,
			Title: imageNotPinned.Title, Location: at, Image: digest,
			Message: fmt.Sprintf("%s can be another image tomorrow: it has no digest", t.reference),
			Hint:    fmt.Sprintf("write %s@%s, which is what was scanned", t.reference, digest),
		})
	}
	return findings
}
