package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// unknownFields returns an error for each field of a template that its API does
// not have. kubectl refuses them; to drop one in silence could be to drop what
// it was meant to forbid.
func unknownFields(scheme *runtime.Scheme, o *manifest.Object) error {
	typed, err := scheme.New(schema.FromAPIVersionAndKind(o.APIVersion, o.Kind))
	if err != nil {
		return err
	}
	data, err := json.Marshal(o.Value)
	if err != nil {
		return err
	}
	unknown, err := kjson.UnmarshalStrict(data, typed)
	if err != nil {
		return err
	}
	var errs []error
	for _, strict := range unknown {
		var field kjson.FieldError
		if errors.As(strict, &field) {
			errs = append(errs, unknownField(o, fieldSteps(field.FieldPath())...))
		}
	}
	return errors.Join(errs...)
}

func unknownField(o *manifest.Object, path ...any) error {
	check := &gate.CheckError{
		Location: gate.Location{Path: o.Path, Object: o.String()},
		Err:      fmt.Errorf("%s has no field %q", o.Kind, fmt.Sprint(path[len(path)-1])),
		Hint:     "correct its name, or remove it",
	}
	var ok bool
	if check.Location.Range, ok = o.LocateKey(path...); !ok {
		check.Location.Range, _ = o.Nearest(path...)
	}
	return check
}

// fieldSteps splits the path of a field as the decoder writes it: "spec.targets[0].rego".
func fieldSteps(path string) []any {
	var all []any
	for part := range strings.SplitSeq(path, ".") {
		name, index, _ := strings.Cut(part, "[")
		if name != "" {
			all = append(all, name)
		}
		for item := range strings.SplitSeq(index, "[") {
			if n, err := strconv.Atoi(strings.TrimSuffix(item, "]")); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}
