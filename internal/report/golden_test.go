package report

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// render returns what a format writes.
func render(t testing.TB, format string, r gate.Report, o Options) string {
	t.Helper()
	write, err := For(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, r, o); err != nil {
		t.Fatalf("writing %s: %v", format, err)
	}
	return b.String()
}

// golden compares got with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update rewrites it), got:\n%s", file, got)
	}
}

// docs is the documentation of one of the rules of the sample.
func documented() []gate.Rule {
	return []gate.Rule{{
		ID: "PC1001", Title: "Containers are not privileged", Severity: gate.Critical, Layer: gate.Cluster, Stage: "policy",
		Why: "A privileged container is root on its node: https://kubernetes.io/docs/", Remediation: "Remove privileged: true.",
		Bad: "privileged: true\n", Good: "privileged: false\n", Controls: []string{"cis-k8s-5.2.1"},
		URL: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
	}}
}

func TestGolden(t *testing.T) {
	reports := map[string]gate.Report{
		"closed": closed(),
		"opened": opened(),
		"empty":  gate.Run(context.Background(), gate.Plan{}),
	}
	extension := map[string]string{
		"github": "log", "gitlab": "json", "html": "html", "json": "json", "junit": "xml", "markdown": "md", "sarif": "json", "text": "txt",
	}
	for name, r := range reports {
		for _, format := range Names() {
			t.Run(name+"/"+format, func(t *testing.T) {
				golden(t, name+"."+format+"."+extension[format], render(t, format, r, Options{Rules: documented(), Annotations: true, Server: server}))
			})
		}
	}
	t.Run("colour", func(t *testing.T) {
		golden(t, "closed.colour.txt", strings.ReplaceAll(render(t, "text", closed(), Options{Color: true, Width: 100}), "\x1b", "ESC"))
	})
}

func TestR58SameReportSameBytes(t *testing.T) {
	for _, format := range Names() {
		want := render(t, format, closed(), Options{Rules: documented(), Annotations: true})
		for procs := 1; procs <= 4; procs++ {
			previous := runtime.GOMAXPROCS(procs)
			for range 10 {
				if got := render(t, format, closed(), Options{Rules: documented(), Annotations: true}); got != want {
					t.Errorf("%s: two runs differ", format)
				}
			}
			runtime.GOMAXPROCS(previous)
		}
	}
}

func TestFormatsOnlyRead(t *testing.T) {
	sparse := func() gate.Report {
		r := closed()
		r.Stages[1].Findings, r.Images[0].Platforms, r.Images[0].Signature = nil, nil, &gate.Signature{}
		return r
	}
	for _, format := range Names() {
		r := sparse()
		render(t, format, r, Options{Rules: documented(), Annotations: true, Base: "sub"})
		if !reflect.DeepEqual(r, sparse()) {
			t.Errorf("%s changed the report", format)
		}
	}
}

func TestFor(t *testing.T) {
	want := `unknown format "yaml", want one of github, gitlab, html, json, junit, markdown, sarif, text`
	if _, err := For("yaml"); err == nil || err.Error() != want {
		t.Errorf("For = %v, want %s", err, want)
	}
}

func BenchmarkText(b *testing.B)     { benchmark(b, "text") }
func BenchmarkSARIF(b *testing.B)    { benchmark(b, "sarif") }
func BenchmarkHTML(b *testing.B)     { benchmark(b, "html") }
func BenchmarkMarkdown(b *testing.B) { benchmark(b, "markdown") }

func benchmark(b *testing.B, format string) {
	r := many(5000)
	for b.Loop() {
		render(b, format, r, Options{Rules: documented()})
	}
}
