package helm

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/manifest"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// chartOf is a chart with one template and, perhaps, more files.
func chartOf(template string, more ...string) map[string]string {
	files := map[string]string{
		"c/Chart.yaml":       "apiVersion: v2\nname: c\nversion: 1.0.0\n",
		"c/templates/t.yaml": template,
	}
	for i := 0; i+1 < len(more); i += 2 {
		files["c/"+more[i]] = more[i+1]
	}
	return files
}

// renderWith renders the charts of a tree within limits.
func renderWith(ctx context.Context, tree *workspace.Tree, l limits) (manifest.Rendered, error) {
	files, err := tree.Files(ctx)
	if err != nil {
		return manifest.Rendered{}, err
	}
	return (&job{tree: tree, files: files, limits: l}).render(ctx, nil)
}

// failures lists errors as a report has them.
func failures(err error) string {
	var lines []string
	for _, f := range gate.Failures(err) {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

// TestR25Bombs holds that a template which loops, recurses or makes much of
// little ends with an error, soon and without taking the memory.
func TestR25Bombs(t *testing.T) {
	// what is bounded ends long before small's time, also on a slow machine
	small := limits{time: 2 * time.Minute, heap: 256 << 20, stacks: 64 << 20, output: 2 << 20}
	hurried := limits{time: 300 * time.Millisecond, heap: 256 << 20, stacks: 64 << 20, output: 2 << 20}
	for _, tc := range []struct {
		name, template, want string
		limits               limits
	}{
		{"nested loops", `{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}`, "longer than 300ms", hurried},
		{"loop over a number", `{{ range 1000000000 }}{{ range 1000000000 }}{{ end }}{{ end }}`, "longer than 300ms", hurried},
		{"loop in tpl", `{{ tpl "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}" . }}`, "longer than 300ms", hurried},
		{"loop in tpl in tpl", `{{ $in := "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}" }}{{ tpl "{{ tpl . $ }}" $in }}{{ tpl $in . }}`, "longer than 300ms", hurried},
		{"output", `{{ range until 10000 }}{{ printf "%01000d" . }}{{ end }}`, "renders to more than the limit of 2 MiB", small},
		{"endless output", `{{ range until 200000 }}{{ range until 100000 }}{{ printf "%01000d" . }}{{ end }}{{ end }}`, "c/templates/t.yaml:1: rendering the chart: rendering ", small},
		{"template calls itself", `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`, "template", small},
		{"include calls itself", `{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}`, "nested reference name", small},
		{"tpl calls itself", `{{ tpl .Values.x . }}`, "c/", small},
		{"doubled string", `{{ $x := "0123456789" }}{{ range until 64 }}{{ $x = print $x $x }}{{ end }}{{ $x }}`, "limit of 2 MiB", small},
		{"doubled list", `{{ $x := list 1 2 3 }}{{ range until 64 }}{{ $x = concat $x $x }}{{ end }}{{ len $x }}`, "MiB of memory", small},
		{"shared dict", `{{ $d := dict "a" 1 }}{{ range until 64 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ toJson $d }}`, "limit of 2 MiB", small},
		{"shared dict, printed", `{{ $d := dict "a" 1 }}{{ range until 64 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ $d }}`, "limit of 2 MiB", small},
		{"dict in itself", `{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ toYaml $d }}`, "limit of 2 MiB", small},
		{"repeat", `{{ repeat 1000000000 "x" }}`, "limit of 2 MiB", small},
		{"indent", `{{ "x" | indent 1000000000 }}`, "limit of 2 MiB", small},
		{"until", `{{ until 1000000000 }}`, "limit of 2 MiB", small},
		{"untilStep", `{{ untilStep 0 9223372036854775807 1 }}`, "limit of 2 MiB", small},
		{"seq", `{{ seq 0 1 1000000000 }}`, "limit of 2 MiB", small},
		{"replace", `{{ $x := repeat 10000 "a" }}{{ replace "a" $x $x }}`, "limit of 2 MiB", small},
		{"join", `{{ join (repeat 100000 "a") (until 1000) }}`, "limit of 2 MiB", small},
		{"regular expression", `{{ $x := repeat 10000 "a" }}{{ regexReplaceAll "a" $x $x }}`, "limit of 2 MiB", small},
		{"printf", `{{ printf "%900000d%900000d%900000d" 1 2 3 }}`, "limit of 2 MiB", small},
		{"random", `{{ randAlphaNum 1000000000 }}`, "limit of 2 MiB", small},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := chartOf(tc.template, "values.yaml", "x: '{{ tpl .Values.x . }}'\n")
			_, err := renderWith(t.Context(), write(t, files), tc.limits)
			if got := failures(err); !strings.Contains(got, tc.want) || !strings.HasPrefix(got, "c/") {
				t.Errorf("the error is %q, want one of the chart with %q", got, tc.want)
			}
		})
	}
}

// TestR25KeysCostNothing holds that what takes Helm seconds, and differs each
// time, is a fixed text.
func TestR25KeysCostNothing(t *testing.T) {
	text := `{{ range until 50 }}{{ $ca := genCA "ca" 365 }}{{ $c := genSignedCert "x" nil nil 365 $ca }}{{ $c.Cert }}{{ genPrivateKey "rsa" }}` +
		`{{ derivePassword 1 "long" "a" "b" "c" }}{{ htpasswd "u" "p" }}{{ bcrypt "p" }}{{ uuidv4 }}{{ randAlphaNum 8 }}{{ now | unixEpoch }}{{ shuffle "abc" }}` +
		`{{ keys $.Values }}{{ values $.Values }}{{ end }}`
	tree := write(t, chartOf("a: >-\n  "+text, "values.yaml", "d: 1\nb: 2\nc: 3\na: 4\n"))
	var seen string
	for range 3 {
		out, err := renderWith(t.Context(), tree, standard)
		if err != nil {
			t.Fatal(err)
		}
		got := string(out.Texts[0].Data)
		if seen != "" && got != seen {
			t.Errorf("two renderings differ:\n%s\n%s", seen, got)
		}
		seen = got
	}
	if !strings.Contains(seen, fixedText) || !strings.Contains(seen, "[a b c d]") {
		t.Errorf("rendered: %.300s", seen)
	}
}

// TestR25NothingOutsideIsRead holds that a chart sees its own files, and nothing
// of the machine, the network or a cluster.
func TestR25NothingOutsideIsRead(t *testing.T) {
	t.Setenv("CANARY", "canary-of-the-environment")
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("canary-of-a-file"), 0o644); err != nil {
		t.Fatal(err)
	}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer server.Close()
	quiet := `a: "{{ .Files.Get "../../secret" }}{{ .Files.Get "../other/secret" }}{{ .Files.Get "/etc/passwd" }}` +
		`{{ getHostByName "localhost" }}{{ lookup "v1" "Secret" "" "" }}{{ .Files.Glob "../**" }}"`
	for _, tc := range []struct {
		name  string
		files map[string]string
		link  string // of a template, into the outside
		want  string // error, or rendered text
	}{
		{"files and functions", chartOf(quiet), "", "a: \"map[]map[]\""},
		{"environment", chartOf(`a: {{ env "CANARY" }}`), "", `c/templates/t.yaml:1: rendering the chart: function "env" not defined`},
		{"environment in a string", chartOf(`a: {{ expandenv "$CANARY" }}`), "", `function "expandenv" not defined`},
		{"link", chartOf("a: 1"), "c/templates/link.yaml", "c/templates/link.yaml: path escapes from parent"},
		{"link to a file that is read", chartOf(`a: {{ .Files.Get "data" }}`), "c/data", "c/data: path escapes from parent"},
		{"link to values", chartOf(`a: 1`), "c/ci/x-values.yaml", "c/ci/x-values.yaml: path escapes from parent"},
		{"schema", chartOf("a: 1", "values.yaml", "a: 1", "values.schema.json", fmt.Sprintf(`{"$ref": %q}`, server.URL)), "",
			"c/values.schema.json: reading the schema: failing loading"},
		{"schema of the disk", chartOf("a: 1", "values.yaml", "a: 1", "values.schema.json", `{"$ref": "file:///etc/passwd"}`), "", "is not fetched"},
		{"repository", withDependency("redis", server.URL), "", `c/Chart.yaml:5: the dependency "redis" is not vendored`},
		{"OCI", withDependency("redis", "oci://"+strings.TrimPrefix(server.URL, "http://")), "", `c/Chart.yaml:5: the dependency "redis" is not vendored`},
		{"folder outside", withDependency("other", "file://../../other"), "", `c/Chart.yaml:5: the dependency "other" at "file://../../other" is outside of the workspace`},
		{"absolute folder", withDependency("other", "file:///etc"), "", "is outside of the workspace"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tree := write(t, tc.files)
			if tc.link != "" {
				name := filepath.Join(tree.Dir(), tc.link)
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(filepath.Join(outside, "secret"), name); err != nil {
					t.Fatal(err)
				}
			}
			out, err := New(nil)(t.Context(), tree, nil)
			got := failures(err)
			for _, text := range out.Texts {
				got += string(text.Data)
			}
			if !strings.Contains(got, tc.want) || strings.Contains(got, "canary") {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	if asked > 0 {
		t.Errorf("the network was asked %d times", asked)
	}
}

func withDependency(name, repository string) map[string]string {
	return chartOf("a: 1", "Chart.yaml",
		fmt.Sprintf("apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n- name: %s\n  version: 1.0.0\n  repository: %s\n", name, repository))
}

// TestR25ValuesOutside holds the same of what the configuration names.
func TestR25ValuesOutside(t *testing.T) {
	tree := write(t, chartOf("a: 1"))
	_, err := New(map[string][]string{"c": {"../../x.yaml", "missing.yaml"}, "nowhere": {"x"}})(t.Context(), tree, nil)
	for _, want := range []string{`"../../x.yaml" is no file of the chart`, `"missing.yaml" is no file of the chart`, `"nowhere" is no folder of a chart`} {
		if !strings.Contains(failures(err), want) {
			t.Errorf("the error is %q, want %q", failures(err), want)
		}
	}
}

// TestR22ForgedNames holds that a template cannot call what belongs to the
// instrumentation.
func TestR22ForgedNames(t *testing.T) {
	for _, text := range []string{`a: {{ portcullis_mark 0 "x" }}`, `{{ define "portcullis_tick" }}x{{ end }}`} {
		_, err := New(nil)(t.Context(), write(t, chartOf(text)), nil)
		if !strings.Contains(failures(err), "are reserved") {
			t.Errorf("%s: the error is %v", text, err)
		}
	}
}

func TestR25Cancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	tree := write(t, chartOf(`{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}`))
	go func() { time.Sleep(50 * time.Millisecond); cancel(gate.Interrupt(130)) }()
	start := time.Now()
	_, err := New(nil)(ctx, tree, nil)
	if err == nil || !strings.Contains(err.Error(), "cancelled") || time.Since(start) > time.Minute {
		t.Errorf("the error is %v after %s", err, time.Since(start))
	}
}
