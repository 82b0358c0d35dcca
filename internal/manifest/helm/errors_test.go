package helm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
)

// TestErrors holds that a chart which cannot be rendered is an error that names
// the template and the line, or the file that is at fault.
func TestErrors(t *testing.T) {
	const head = "{{- /* two lines\nof comment */ -}}\na: 1\n"
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"required", chartOf(head + `b: {{ required "say b" .Values.b }}`), "c/templates/t.yaml:4: rendering the chart: say b"},
		{"fail", chartOf(head + "{{ if true }}\n{{ fail \"no\" }}\n{{ end }}"), "c/templates/t.yaml:5: rendering the chart: no"},
		{"nil pointer", chartOf(head + "b: {{ .Values.x.y.z }}"), `c/templates/t.yaml:4: rendering the chart: ".Values.x.y.z": nil pointer evaluating interface {}.y`},
		{"in a helper", chartOf(head+`b: {{ include "h" . }}`, "templates/_h.tpl", "{{ define \"h\" }}\n\n{{ .Values.x.y.z }}{{ end }}"), "c/templates/_h.tpl:3: rendering the chart: "},
		{"second helper", chartOf(head+`b: {{ include "h" . }}`, "templates/_h.tpl", "{{ define \"g\" }}\n{{ end }}\n{{- define \"h\" }}\n{{ .Values.x.y.z }}{{ end }}"), "c/templates/_h.tpl:4: rendering the chart: "},
		{"syntax", chartOf(head + "b: {{ .Values.b"), "c/templates/t.yaml:4: rendering the chart: unclosed action"},
		{"unknown function", chartOf(head + "b: {{ nofunc 1 }}"), `c/templates/t.yaml:4: rendering the chart: function "nofunc" not defined`},
		{"unknown template", chartOf(head + `b: {{ include "no" . }}`), `c/templates/t.yaml:4: rendering the chart: `},
		{"wrong type", chartOf(head + `b: {{ $x := 3 }}{{ $x | trunc "a" }}`), "c/templates/t.yaml:4: rendering the chart: "},
		{"values", chartOf("a: 1", "values.yaml", "a: 1\nb: [\n"), "c/values.yaml:"},
		{"chart", map[string]string{"c/Chart.yaml": "name: [\n", "c/templates/t.yaml": "a: 1"}, "c/Chart.yaml:"},
		{"no version", map[string]string{"c/Chart.yaml": "apiVersion: v2\nname: c\n", "c/templates/t.yaml": "a: 1"}, "c/Chart.yaml: reading the chart: validation: chart.metadata.version is required"},
		{"schema", chartOf("a: 1", "values.yaml", "x:\n  replicas: many\n", "values.schema.json", `{"properties": {"x": {"properties": {"replicas": {"type": "integer"}}}}}`),
			"c/values.yaml:2:3: the values break c/values.schema.json: x.replicas: got string, want integer"},
		{"schema of a dependency", chartOf("a: 1", "values.yaml", "sub:\n  loud: maybe\n",
			"charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n", "charts/sub/values.schema.json", `{"properties": {"loud": {"type": "boolean"}}}`),
			"c/values.yaml:2:3: the values break c/charts/sub/values.schema.json: sub.loud: got string, want boolean"},
		{"values of a variant", chartOf("a: 1", "ci/x-values.yaml", "a: [\n"), "c/ci/x-values.yaml"},
		{"no YAML", chartOf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n {{ \"wrong\" }}: 1\n"), "c/templates/t.yaml:"},
		{"key twice", chartOf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  {{ \"name\" }}: y\n"), `c/templates/t.yaml:5:3: the key "name" is there twice`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := manifest.Find(t.Context(), write(t, tc.files), nil, New(nil))
			if got := failures(err); !strings.HasPrefix(got, tc.want) || strings.Contains(got, reserved) {
				t.Errorf("the error is %q, want %q", got, tc.want)
			}
		})
	}
}

// TestErrorOfIncludedTemplates holds that what is told of templates that include
// each other is the innermost, and how it was reached is the hint.
func TestErrorOfIncludedTemplates(t *testing.T) {
	files := chartOf("a: 1\nb: {{ include \"a\" . }}", "templates/_h.tpl", "{{ define \"a\" }}{{ include \"h\" . }}{{ end }}\n{{ define \"h\" }}\n{{ .Values.x.y }}{{ end }}")
	_, err := manifest.Find(t.Context(), write(t, files), nil, New(nil))
	all := gate.Failures(err)
	want := gate.Failure{
		Location: gate.Location{Path: "c/templates/_h.tpl", Range: gate.Range{Line: 3}},
		Message:  `rendering the chart: ".Values.x.y": nil pointer evaluating interface {}.y`,
		Hint:     "included at c/templates/t.yaml:2, c/templates/_h.tpl:1; nothing sets .Values.x: give it a value, or the template a default",
	}
	if len(all) != 1 || all[0] != want {
		t.Errorf("got %+v, want %+v", all, want)
	}
}

// archive makes the archive of a chart.
func archiveOf(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-{{ .Chart.Name }}\n"

// TestDependencies renders what is vendored: as a folder, as an archive, under
// another name, and from a folder of the workspace.
func TestDependencies(t *testing.T) {
	const sub = "apiVersion: v2\nname: sub\nversion: 1.2.0\n"
	tree := write(t, map[string]string{
		"c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n- {name: sub, version: 1.x, alias: one}\n" +
			"- {name: sub, version: 1.x, alias: two}\n- {name: packed, version: 1.x}\n- {name: near, version: 1.x, repository: 'file://../near'}\n" +
			"- {name: spare, version: 1.x, condition: spare.enabled}\n",
		"c/values.yaml":                   "spare: {enabled: false}\n",
		"c/templates/t.yaml":              pod,
		"c/templates/.gitkeep":            "",
		"c/.helmignore":                   "templates/ignored.yaml\n",
		"c/templates/ignored.yaml":        "{{ fail \"ignored\" }}",
		"c/charts/sub/Chart.yaml":         sub,
		"c/charts/sub/templates/p.yaml":   pod,
		"c/charts/spare/Chart.yaml":       strings.ReplaceAll(sub, "sub", "spare"),
		"c/charts/spare/templates/p.yaml": pod,
		"c/charts/packed-1.2.0.tgz":       archiveOf(t, map[string]string{"packed/Chart.yaml": strings.ReplaceAll(sub, "sub", "packed"), "packed/templates/p.yaml": pod}),
		"near/Chart.yaml":                 strings.ReplaceAll(sub, "sub", "near") + "type: library\n",
		"near/templates/_h.tpl":           "",
		"loose/templates/nothing.yaml":    "a: {{ .Values.a }}\n",
		"loose/manifest.yaml.tpl":         pod,
		"library/Chart.yaml":              "apiVersion: v2\nname: l\nversion: 1.0.0\ntype: library\n",
		"library/templates/_helper.tpl":   "{{ define \"x\" }}{{ end }}",
	})
	found, err := manifest.Find(t.Context(), tree, nil, New(nil))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range found.Objects {
		at := gate.Location{Path: o.Path, Object: o.String()}
		at.Range, _ = o.Nearest("metadata", "name")
		at = found.Place(at)
		got = append(got, o.Name+" "+at.String()+" "+at.Precision.String())
	}
	want := []string{
		"c-packed c/Chart.yaml:7 fallback",
		"c-one c/charts/sub/templates/p.yaml:4:9 exact",
		"c-two c/charts/sub/templates/p.yaml:4:9 exact",
		"c-c c/templates/t.yaml:4:9 exact",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	notes := strings.Join(found.Notes, "\n")
	for _, want := range []string{
		"templates that made no object with any of the values: c/charts/spare/templates/p.yaml, c/templates/ignored.yaml",
		"templates without a Chart.yaml were left out: loose/templates/nothing.yaml",
		"nothing reads, they are templates by their names: loose/manifest.yaml.tpl",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes are %q, want %q", notes, want)
		}
	}
}
