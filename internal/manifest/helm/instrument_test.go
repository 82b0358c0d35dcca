package helm

import (
	"context"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// samples are templates with everything that could come apart when a template
// is printed again.
var samples = []string{
	"a: b\n",
	"a: {{ .Values.name }}\n  b: {{- .Values.name -}}  c\n",
	"{{- /* comment */ -}}\na: 1\n{{/* another */}}\nb: 2\n",
	"{ {{- .Values.name }} {{ .Values.name -}} }\n{ {{- .Values.map }}}\n",
	`{{ "{{" }} .x {{ "}}" }} {{ "{" }}{{ "{" }}` + "\n",
	"{{ if .Values.on }}yes{{ else if .Values.off }}no{{ else }}neither{{ end }}\n",
	"{{ range $i, $v := .Values.list }}{{ if eq $i 1 }}{{ continue }}{{ end }}- {{ $v }}{{ if eq $i 2 }}{{ break }}{{ end }}\n{{ else }}none\n{{ end }}",
	"{{ with .Values.map }}{{ .key }}{{ else with .Values.name }}{{ . }}{{ end }}\n",
	"{{ with $x := .Values.name }}{{ $x | upper | quote }}{{ end }}\n",
	"{{ $x := 1 }}{{ range .Values.list }}{{ $x = add $x 1 }}{{ end }}{{ $x }}\n",
	`{{ define "h" }}name: {{ .Values.name }}{{ end }}a:{{ include "h" . | nindent 2 }}` + "\n",
	`{{ define "h" }}{{ .Values.name | trunc 3 }}{{ end }}{{ if eq (include "h" .) "sto" }}same{{ else }}other{{ end }}` + "\n",
	`{{ define "h" }}{{ .Values.missing }}{{ end }}{{ if include "h" . }}some{{ else }}none{{ end }}|{{ include "h" . | default "d" }}` + "\n",
	`{{ define "h" }}  {{ .Values.name }}  {{ end }}[{{ include "h" . | trim }}] {{ include "h" . | len }} {{ include "h" . | sha256sum }}` + "\n",
	`{{ define "h" }}a: 1` + "\n" + `b: {{ .Values.name }}{{ end }}{{ $y := include "h" . | fromYaml }}{{ $y.b }} {{ index $y "a" }}` + "\n",
	`{{ define "h" }}{{ range .Values.list }}{{ . }},{{ end }}{{ end }}{{ include "h" . | trimSuffix "," | splitList "," | join "-" }}` + "\n",
	`{{ define "h" }}{{ .a }}-{{ .b }}{{ end }}{{ include "h" (dict "a" (include "g" .) "b" 2) }}{{ define "g" }}gg{{ end }}` + "\n",
	`{{ block "named" . }}in {{ .Values.name }}{{ end }} {{ template "named" . }}` + "\n",
	`{{ define "empty" }}{{ end }}{{ define "empty" }}full{{ end }}{{ include "empty" . }}` + "\n",
	`{{ tpl "{{ .Values.name }}{{ range until 3 }}{{ . }}{{ end }}" . }} {{ tpl .Values.tpl . | quote }}` + "\n",
	`{{ $v := include "h" . }}{{ define "h" }}x{{ end }}{{ $v }}{{ printf "%s-%d" $v 3 }}{{ list $v 1 | toJson }}` + "\n",
	"{{ toYaml .Values.map | nindent 2 }}\n{{ .Values.map }} {{ .Values.list }} {{ .Values.float }} {{ .Values.number }}\n",
	"{{ (dict \"a\" (dict \"b\" 3)).a.b }} {{ (index .Values.list 0) | upper }} {{ .Values.list | first }}\n",
	"{{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.APIVersions.Has \"v1\" }} {{ .Release.Name }} {{ .Template.Name }}\n",
	"{{ .Files.Get \"no\" }}{{ range $path, $_ := .Files.Glob \"**\" }}{{ $path }}{{ end }}{{ .Chart.Name }}\n",
	"{{ if and .Values.on (or .Values.off (not .Values.off)) }}{{ ternary \"a\" \"b\" .Values.on }}{{ end }}\n",
	"{{ range $k, $v := .Values.map }}{{ $k }}={{ $v }};{{ end }}{{ keys .Values.map | sortAlpha | join \",\" }}\n",
	"text: \"with \\\" quote and {{ \"\\\"\" }} and `{{ `raw` }}`\"\n{{ 'a' }} {{ 0x10 }} {{ 1.5e3 }} {{ true }}\n",
	"\ufeffbom: {{ .Values.name }}\r\ncrlf: yes\r\n",
	"plane: \U000F1000\U000F0001 {{ .Values.name }}\n",
	"{{- $_ := set .Values \"added\" \"x\" -}}\n{{ .Values.added }}\n",
	"a:\n{{- range $i, $e := until 3 }}\n  - {{ $i }}: {{ mul $e 2 }}\n{{- end }}\n",
	"{{ coalesce .Values.missing .Values.name }} {{ .Values.missing }} {{ get .Values.map \"key\" }} {{ hasKey .Values.map \"no\" }}\n",
	`{{ define "l" }}{{ list 1 2 | toJson }}{{ end }}{{ range (include "l" . | fromJsonArray) }}<{{ . }}>{{ end }}` + "\n",
	`{{ regexReplaceAll "a(b)" "ab-ab" "${1}x" }} {{ "a-b" | replace "-" "_" }} {{ cat "a" 1 }} {{ print "a" 1 nil }} {{ 3 | seq }} {{ untilStep 0 10 3 }}` + "\n",
}

// outcome renders one template, as the engine does it for a chart.
func outcome(text string, edit func(name, text string) string, m *marks) (string, error) {
	values := map[string]any{
		"name": "store", "on": true, "off": false, "list": []any{"a", "b", "c", "d"},
		"map": map[string]any{"key": "value", "other": "b"}, "float": 1.5, "number": int64(7), "tpl": "{{ .Values.name }}!",
	}
	c := &v2.Chart{Metadata: &v2.Metadata{Name: "c", Version: "1.0.0"}, Templates: []*common.File{{Name: "templates/t.yaml", Data: []byte(text)}}}
	rewrite(c, edit)
	e := engine.Engine{CustomTemplateFuncs: functions(context.Background(), standard, m)}
	out, err := e.Render(c, common.Values{"Values": common.Values(values), "Capabilities": common.DefaultCapabilities, "Release": map[string]any{"Name": "r"}})
	return out["c/templates/t.yaml"], err
}

// same checks that instrumented templates make what the template makes.
func same(t *testing.T, text string) {
	t.Helper()
	plain, plainErr := outcome(text, func(_, text string) string { return text }, nil)
	ticks, ticksErr := outcome(text, func(name, text string) string { return instrument(name, text, nil) }, nil)
	if (plainErr == nil) != (ticksErr == nil) {
		t.Fatalf("%q: the error is %v, with ticks %v", text, plainErr, ticksErr)
	}
	if plainErr != nil {
		return
	}
	if plain != ticks {
		t.Errorf("%q: got\n%q with ticks, want\n%q", text, ticks, plain)
	}
	m := newMarks(text)
	if m == nil {
		return
	}
	marked, err := outcome(text, func(name, text string) string { return instrument(name, text, m) }, m)
	if err != nil || m.strip(marked) != plain {
		t.Errorf("%q: got\n%q with marks, %v, want\n%q", text, m.strip(marked), err, plain)
	}
}

func TestInstrumentedTemplatesRenderTheSame(t *testing.T) {
	for _, text := range samples {
		same(t, text)
		if out, err := outcome(text, func(_, text string) string { return text }, nil); err != nil || strings.TrimSpace(out) == "" {
			t.Errorf("%q renders to %q, %v: no good sample", text, out, err)
		}
	}
}

func FuzzInstrument(f *testing.F) {
	for _, text := range samples {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, reserved) || len(text) > 1<<12 {
			t.Skip()
		}
		same(t, text)
	})
}
