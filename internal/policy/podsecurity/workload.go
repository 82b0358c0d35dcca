package podsecurity

import (
	"encoding/json"
	"encoding/json/jsontext"
	jsonv2 "encoding/json/v2"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kubejson "sigs.k8s.io/json"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// A workload is an object with a pod in it.
type workload struct {
	object *manifest.Object
	prefix []any          // path of the pod in the object
	pod    map[string]any // its metadata and spec
}

// groups are the API groups of the workloads that Kubernetes itself knows: a
// custom resource of the same kind may look different.
var groups = []string{"", "apps", "batch", "extensions"}

func workloadOf(o *manifest.Object) (workload, bool) {
	path, ok := o.PodSpec()
	group, _, grouped := strings.Cut(o.APIVersion, "/")
	if !grouped {
		group = ""
	}
	if !ok || !slices.Contains(groups, group) {
		return workload{}, false
	}
	w := workload{object: o, prefix: path[:len(path)-1], pod: map[string]any{}}
	whole, _ := lookup(o.Value, w.prefix).(map[string]any)
	for _, part := range []string{"metadata", "spec"} {
		if value := whole[part]; value != nil {
			w.pod[part] = value
		}
	}
	return w, true
}

// decode reads a pod as the API server does: names of fields count with their
// case, unknown ones are ignored, a value of the wrong type is an error, and a
// volume of no type is an emptyDir.
func decode(pod any) (*corev1.PodTemplateSpec, error) {
	data, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	var typed corev1.PodTemplateSpec
	if err := kubejson.UnmarshalCaseSensitivePreserveInts(data, &typed); err != nil {
		return nil, err
	}
	for i := range typed.Spec.Volumes {
		if v := &typed.Spec.Volumes[i]; v.VolumeSource == (corev1.VolumeSource{}) {
			v.EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	return &typed, nil
}

// undecodable blames the field that the decoder stumbled over.
func (w workload) undecodable(err error) error {
	check := &gate.CheckError{
		Err:  fmt.Errorf("reading the pod of %s: %w", w.object, err),
		Hint: "the API server refuses this object too: correct the type of the field",
	}
	check.Location = gate.Location{Path: w.object.Path, Object: w.object.String()}
	check.Location.Range, _ = w.object.Nearest(append(slices.Clone(w.prefix), "spec")...)
	// The decoder says no item of a list: another one, which would not do to read
	// with, knows the place.
	var typed corev1.PodTemplateSpec
	var wrong *jsonv2.SemanticError
	data, _ := json.Marshal(w.pod)
	if errors.As(jsonv2.Unmarshal(data, &typed), &wrong) {
		var path []any
		for step := range wrong.JSONPointer.Tokens() {
			path = append(path, step)
			if _, isList := lookup(w.pod, path[:len(path)-1]).([]any); isList {
				path[len(path)-1], _ = strconv.Atoi(step)
			}
		}
		check.Err = fmt.Errorf("reading the pod of %s: %s cannot be %s", w.object, name(path), kinds[wrong.JSONKind])
		check.Location.Range, _ = w.object.Nearest(slices.Concat(w.prefix, path)...)
	}
	return check
}

// kinds names the kinds of a JSON value.
var kinds = map[jsontext.Kind]string{
	'n': "null", 't': "true", 'f': "false", '"': "a string", '0': "a number", '{': "a mapping", '[': "a list",
}

// location is the place of a fault in the file.
func (w workload) location(f fault) gate.Location {
	at := gate.Location{Path: w.object.Path, Object: w.object.String(), Precision: f.precision}
	at.Range, _ = w.object.Nearest(slices.Concat(w.prefix, f.path)...)
	return at
}

// lookup returns the value at a path, nil if there is none.
func lookup(value any, path []any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, _ := value.(map[string]any)
			value = fields[step]
		case int:
			items, _ := value.([]any)
			value = nil
			if step < len(items) {
				value = items[step]
			}
		}
	}
	return value
}

// name writes a path as people do: spec.containers[0].image.
func name(path []any) string {
	var b strings.Builder
	for i, step := range path {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}
