package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestFieldPath(t *testing.T) {
	for _, tc := range []struct {
		in   any
		want []any
	}{
		{[]any{"spec", json.Number("0"), "a.b"}, []any{"spec", 0, "a.b"}},
		{"/spec/containers/0/a~1b~0c", []any{"spec", "containers", "0", "a/b~c"}},
		{"spec.containers[0].image", []any{"spec", "containers", "0", "image"}},
		{"$.metadata.annotations['a.b/c'].x", []any{"metadata", "annotations", "a.b/c", "x"}},
		{`input.metadata.labels["a"]`, []any{"metadata", "labels", "a"}},
		{"spec", []any{"spec"}},
		{"a[", []any{"a", ""}},
		{"", nil},
		{true, nil},
		{nil, nil},
	} {
		if got := fieldPath(tc.in); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%v: %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestExisting(t *testing.T) {
	document := map[string]any{"list": []any{map[string]any{"a": 1}}, "map": map[string]any{"0": "x"}}
	for _, tc := range []struct{ in, want []any }{
		{[]any{"list", "0", "a"}, []any{"list", 0, "a"}},
		{[]any{"map", 0}, []any{"map", "0"}},
		{[]any{"list", "7", "a"}, []any{"list", 7, "a"}},
		{[]any{"list", "x", "a"}, []any{"list", "x", "a"}},
		{[]any{"list", "0", "a", "b"}, []any{"list", 0, "a", "b"}},
		{[]any{nil, 1.5}, []any{nil, 1.5}},
	} {
		if got := existing(tc.in, document); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%v: %#v, want %#v", tc.in, got, tc.want)
		}
	}
}

// FuzzFieldPath feeds paths that a policy returns through everything that
// reads them.
func FuzzFieldPath(f *testing.F) {
	for _, seed := range []string{"spec.containers[0].image", "/a/0/~1", "$['a'].b", "a[", "..", "[[]]", "list[-1]"} {
		f.Add(seed)
	}
	document := map[string]any{"list": []any{"a"}, "a": map[string]any{"b": nil}}
	f.Fuzz(func(t *testing.T, in string) {
		path := existing(fieldPath(in), document)
		if n := depth(path, document); n > len(path) {
			t.Errorf("%q: %d of %d steps exist", in, n, len(path))
		}
	})
}

func TestSeverityWords(t *testing.T) {
	for word, want := range map[string]gate.Severity{
		"": gate.Low, "medium": gate.Medium, "HIGH": gate.High, "info": gate.Low, "Warning": gate.Medium,
		"error": gate.High, "blocker": gate.Critical, "banana": gate.Unknown,
	} {
		if got := (details{Severity: word}).severity(gate.Low); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
	if !gate.Unknown.Blocks(gate.High) {
		t.Error("a severity that nobody knows does not block")
	}
}

func TestResultDetails(t *testing.T) {
	yes := true
	got := resultDetails(map[string]any{
		"msg": "m", "severity": 3, "title": "t", "layer": "Container", "sensitive": true,
		"controls": []any{"c1", json.Number("2")},
		"metadata": map[string]any{"severity": "low", "title": "other", "hint": "h", "path": "a.b"},
		"_loc":     map[string]any{"file": "f", "line": json.Number("7")},
	})
	want := details{
		Title: "t", Hint: "h", Severity: "low", Layer: "container", Controls: []string{"c1", "2"},
		Sensitive: &yes, Path: []any{"a", "b"}, File: "f", Line: 7,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{{"deny", "deny", 0}, {"denny", "deny", 1}, {"", "deny", 4}, {"violatoin", "violation", 2}, {"worn", "warn", 1}} {
		if got := distance(tc.a, tc.b); got != tc.want {
			t.Errorf("%s: %d, want %d", fmt.Sprint(tc.a, " ", tc.b), got, tc.want)
		}
	}
}
