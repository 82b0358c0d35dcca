package manifest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// cut returns the text that a range of the file covers, lines joined by "⏎".
func cut(data string, r gate.Range) string {
	lines := strings.Split(strings.ReplaceAll(data, "\ufeff", ""), "\n")
	if r.Line < 1 || r.EndLine > len(lines) {
		return fmt.Sprintf("out of the file: %+v", r)
	}
	lines = lines[r.Line-1 : r.EndLine]
	last := []rune(lines[len(lines)-1])
	lines[len(lines)-1] = string(last[:r.EndColumn-1])
	lines[0] = string([]rune(lines[0])[r.Column-1:])
	return strings.Join(lines, "⏎")
}

const places = "\ufeff# é comment\r\n" + `---
apiVersion: apps/v1
kind: "Deployment"  # quoted
metadata: {name: 'it''s', labels: {ü: "a\"b", empty: , last: x}}
spec:
  template:
    spec:
      containers:
      - name: web
        image: &img registry.example/shop:latest # why not
        command: ["sh", -c, 'é', plain
          words here]
        args: [ ]
        env: &e
        - {name: A, value: *img}
        - ? value
          : |2
              two

             lines

          name: !!str B
          note: >-
            folded

            text
        resources:
        tail: plain words
          folded over lines
      - *e
`

func TestLocate(t *testing.T) {
	in := places
	objects, err := Read("a.yaml", []byte(in))
	if err != nil || len(objects) != 1 {
		t.Fatal(objects, err)
	}
	c := []any{"spec", "template", "spec", "containers"}
	at := func(steps ...any) []any { return append(append([]any{}, c...), steps...) }
	for _, tc := range []struct {
		path       []any
		value, key string
	}{
		{[]any{"kind"}, `"Deployment"`, "kind"},
		{[]any{"metadata"}, `{name: 'it''s', labels: {ü: "a\"b", empty: , last: x}}`, "metadata"},
		{[]any{"metadata", "name"}, `'it''s'`, "name"},
		{[]any{"metadata", "labels"}, `{ü: "a\"b", empty: , last: x}`, "labels"},
		{[]any{"metadata", "labels", "ü"}, `"a\"b"`, "ü"},
		{[]any{"metadata", "labels", "empty"}, "empty", "empty"},
		{[]any{"metadata", "labels", "last"}, "x", "last"},
		{at(0, "name"), "web", "name"},
		{at(0, "image"), "registry.example/shop:latest", "image"},
		{at(0, "command"), "[\"sh\", -c, 'é', plain⏎          words here]", "command"},
		{at(0, "command", 2), "'é'", "'é'"},
		{at(0, "command", 3), "plain⏎          words here", "plain⏎          words here"},
		{at(0, "args"), "[ ]", "args"},
		{at(0, "env", 0, "value"), "*img", "value"},
		{at(0, "env", 0), "{name: A, value: *img}", "name"},
		{at(0, "env", 1, "value"), "|2⏎              two⏎⏎             lines", "value"},
		{at(0, "env", 1, "note"), ">-⏎            folded⏎⏎            text", "note"},
		{at(0, "env", 1, "name"), "B", "name"},
		{at(0, "resources"), "resources", "resources"},
		{at(0, "tail"), "plain words⏎          folded over lines", "tail"},
		{at(1), "*e", "*e"},
		{at(1, 0, "name"), "A", "name"},
	} {
		value, ok1 := objects[0].Locate(tc.path...)
		key, ok2 := objects[0].LocateKey(tc.path...)
		if !ok1 || !ok2 {
			t.Errorf("%v: not found", tc.path)
			continue
		}
		if got := cut(in, value); got != tc.value {
			t.Errorf("%v: value %q, want %q (%+v)", tc.path, got, tc.value, value)
		}
		if got := cut(in, key); got != tc.key {
			t.Errorf("%v: key %q, want %q", tc.path, got, tc.key)
		}
	}
	if r, _ := objects[0].Locate("metadata", "labels", "last"); r != (gate.Range{Line: 5, Column: 62, EndLine: 5, EndColumn: 63}) {
		t.Errorf("columns count code points: %+v", r)
	}
}

func TestNearest(t *testing.T) {
	objects, err := Read("a.yaml", []byte(places))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		path  []any
		text  string
		depth int
	}{
		{[]any{"spec", "template", "spec", "containers", 0, "image"}, "registry.example/shop:latest", 6},
		{[]any{"spec", "template", "spec", "containers", 0, "securityContext", "privileged"}, "name", 5},
		{[]any{"spec", "template", "spec", "containers", 0, "resources", "limits"}, "resources", 6},
		{[]any{"spec", "template", "spec", "hostPID"}, "spec", 3},
		{[]any{"spec", "template", "spec", "containers", 0}, "name", 5},
		{[]any{"spec", "template", "spec", "containers"}, "containers", 4},
		{[]any{"metadata", "labels"}, `{ü: "a\"b", empty: , last: x}`, 2},
		{[]any{"spec", "template", "spec", "containers", 9}, "containers", 4},
		{[]any{"data", "x"}, "apiVersion", 0},
		{[]any{3}, "apiVersion", 0},
	} {
		r, depth := objects[0].Nearest(tc.path...)
		if got := cut(places, r); got != tc.text || depth != tc.depth {
			t.Errorf("%v: %q at depth %d, want %q at %d", tc.path, got, depth, tc.text, tc.depth)
		}
	}
}

func TestPodSpec(t *testing.T) {
	for kind, want := range map[string]string{
		"Pod": "[spec]", "Deployment": "[spec template spec]", "PodTemplate": "[template spec]",
		"CronJob": "[spec jobTemplate spec template spec]", "Service": "",
	} {
		in := "apiVersion: v1\nkind: " + kind + "\nspec: {template: {spec: {}}, jobTemplate: {spec: {template: {spec: {}}}}}\ntemplate: {spec: {}}\n"
		objects, err := Read("a.yaml", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		path, ok := objects[0].PodSpec()
		if got := strings.TrimPrefix(fmt.Sprint(path), "[]"); got != want || ok != (want != "") {
			t.Errorf("%s: %q %v", kind, got, ok)
		}
	}
}
