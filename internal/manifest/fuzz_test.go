package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// kubectlReads goes through a file as kubectl's builder does: the stream
// decoder, then the scheme for unstructured objects, lists flattened.
func kubectlReads(data []byte) ([]map[string]any, error) {
	var objects []map[string]any
	dec := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return objects, err
		}
		if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
			continue
		}
		found, err := flatten(raw)
		objects = append(objects, found...)
		if err != nil {
			return objects, err
		}
	}
}

func flatten(raw []byte) ([]map[string]any, error) {
	decoded, _, err := unstructured.UnstructuredJSONScheme.Decode(raw, nil, nil)
	switch decoded := decoded.(type) {
	case *unstructured.Unstructured:
		return []map[string]any{decoded.Object}, err
	case *unstructured.UnstructuredList:
		var objects []map[string]any
		for _, item := range decoded.Items {
			if !item.IsList() {
				objects = append(objects, item.Object)
				continue
			}
			nested, err := item.MarshalJSON()
			if err != nil {
				return objects, err
			}
			found, err := flatten(nested)
			if err != nil {
				return objects, err
			}
			objects = append(objects, found...)
		}
		return objects, err
	}
	return nil, err
}

// FuzzR12SameAsKubectl compares Read with kubectl's reading. Read may refuse
// more; what it accepts must be the same, value for value.
func FuzzR12SameAsKubectl(f *testing.F) {
	for _, seed := range []string{
		podA, podA + "---\n" + podB, jsnA + jsnB, jsnA + "\n---\n" + podA, places, "---\n---\n# x\n" + podA,
		"apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n- *x\n", podA + "--- x\n", podA + "...\n---\n" + podB,
		podA + "x: &a [1, 0x2, 1e3, yes, ~, 010, 2001-01-01]\ny: *a\n", "%YAML 1.1\n---\n" + podA, "\ufeff---\n" + podA,
		"{apiVersion: v1, kind: Pod}\n---\n" + jsnA, "\t" + jsnA, "\r\n" + podA + "\r---\r", podA + "x: !!binary aGk=\n",
		podA + "z: {1: 2, true: 3, 1.0: 4, ~: 5}\n", podA + "? |\n  a\n: b\n", podA + "a: b\u2028c: d\n---\n\u0085" + podB,
		podA + "x: &x {a: 1, yes: 2}\ny: {<<: *x, a: 3}\n", podA + "x: &x {a: 1}\ny: {<<: [*x, {b: 2, a: 4}], c: 3}\n",
		"x: &x {kind: Pod, metadata: &m {name: a}}\n<<: *x\napiVersion: v1\nmetadata: {<<: *m, labels: {}}\n", podA + "y: {!!merge <<: {a: b}}\n",
		"apiVersion: v1\nkind: \"P\\x6fd\"\n", "apiVersion: v1\nkind: !!binary UG9k\n", "apiVersion: v1\nkind: \"Po\\\n  d\"\n", `{"apiVersion":"v1","kind":"P\u006fd"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read("f.yaml", data)
		for _, failure := range gate.Failures(err) {
			if failure.Path != "f.yaml" || failure.Line < 1 || failure.Line > bytes.Count(data, []byte("\n"))+1 {
				t.Fatalf("error without a place: %+v", failure)
			}
		}
		if err != nil {
			return
		}
		want, err := kubectlReads(data)
		if err != nil {
			t.Fatalf("kubectl refuses (%v) what was read as %s", err, summary(got, nil))
		}
		if len(got) != len(want) {
			t.Fatalf("kubectl reads %d objects, not %d: %v", len(want), len(got), want)
		}
		for i := range got {
			if !reflect.DeepEqual(got[i].Value, want[i]) {
				t.Fatalf("object %d is\n%#v\nfor kubectl\n%#v", i, got[i].Value, want[i])
			}
			if word := got[i].Kind; !strings.ContainsAny(word, " \n") && !mayHold(data, word) {
				t.Fatalf("object %d is a %s, and the text cannot hold that", i, word)
			}
			checkPlaces(t, got[i], got[i].Value, nil, bytes.Count(data, []byte("\n"))+1)
		}
	})
}

// checkPlaces locates every value of an object.
func checkPlaces(t *testing.T, o *Object, value any, path []any, lines int) {
	r, ok := o.Locate(path...)
	if !ok && len(path) > 1 {
		t.Fatalf("no place for %v", path)
	}
	if ok && (r.Line < 1 || r.EndLine > lines || r.Column < 1 || r.Line == r.EndLine && r.EndColumn < r.Column || r.EndLine < r.Line) {
		t.Fatalf("%v is at %+v", path, r)
	}
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			checkPlaces(t, o, v, append(path[:len(path):len(path)], k), lines)
		}
	case []any:
		for i, v := range value {
			checkPlaces(t, o, v, append(path[:len(path):len(path)], i), lines)
		}
	}
}

// TestR12PlainScalars checks the place of every plain scalar of the example
// manifests: the text there is the value.
func TestR12PlainScalars(t *testing.T) {
	files, err := filepath.Glob("../../testdata/policy/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no example manifests", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := Read(name, data)
		if err != nil {
			t.Error(err)
		}
		for _, o := range objects {
			eachString(o.Value, nil, func(path []any, s string) {
				r, ok := o.Locate(path...)
				if got := strings.Trim(cut(string(data), r), `"'`); ok && got != s && !strings.HasPrefix(got, "|") {
					t.Errorf("%s: %v: %q at %+v, want %q", name, path, got, r, s)
				}
			})
		}
	}
}

func eachString(value any, path []any, visit func([]any, string)) {
	switch value := value.(type) {
	case string:
		visit(path, value)
	case map[string]any:
		for k, v := range value {
			eachString(v, append(path[:len(path):len(path)], k), visit)
		}
	case []any:
		for i, v := range value {
			eachString(v, append(path[:len(path):len(path)], i), visit)
		}
	}
}
