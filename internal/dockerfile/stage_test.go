package dockerfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// run checks a tree made of these files.
func run(t *testing.T, o Options, files map[string]string) (gate.Result, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, dir, name, text)
	}
	return runIn(t, o, dir)
}

func runIn(t *testing.T, o Options, dir string) (gate.Result, error) {
	t.Helper()
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	o.Tree = tree
	if o.Now == nil {
		o.Now = func() time.Time { return time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC) }
	}
	return New(o).Run(context.Background())
}

// emptyTree returns a tree without files.
func emptyTree(t testing.TB) *workspace.Tree {
	t.Helper()
	tree, err := workspace.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

// list returns path:line:column and rule of each finding, for the few rules
// that these tests use to show what is true of all.
func list(res gate.Result) []string {
	var all []string
	for _, f := range res.Findings {
		if slices.Contains([]string{"DL3000", "DL3002", "DL3004", "DL3006", "DL3018"}, f.Rule) {
			all = append(all, f.Location.String()+" "+f.Rule)
		}
	}
	return all
}

func TestDiscovery(t *testing.T) {
	ok := "FROM alpine:3.20\n"
	files := map[string]string{
		"Dockerfile": ok, "a/Dockerfile.dev": ok, "a/b/web.Dockerfile": ok, "c/Containerfile": ok, "d/api.dockerfile": ok,
		"Dockerfile.dockerignore": "*", "docs/Dockerfile.md": "# How\n\nFrom the start\n", "Dockerfile.go": "# for Go\n\n" + ok, "Dockerfile.j2": "FROM {{ x }}", "main.go": "package main",
	}
	res, err := run(t, Options{}, files)
	if err != nil || res.Checked.Files != 6 || res.Checked.Rules == 0 || len(res.Findings) != 0 {
		t.Errorf("got %+v, %v", res, err)
	}
	if len(res.Notes) != 2 || !strings.HasPrefix(res.Notes[0], "Dockerfile.j2: not checked") {
		t.Errorf("what was left out has to be said: %q", res.Notes)
	}
	res, err = run(t, Options{Files: []string{"a/**", "Dockerfile.j2"}}, files)
	if err != nil || res.Checked.Files != 3 {
		t.Errorf("named files: got %+v, %v", res, err)
	}
}

func TestNothingToCheck(t *testing.T) {
	res, err := run(t, Options{}, map[string]string{"main.go": "package main"})
	if err != nil || res.Skip != "no Dockerfile in the tree" {
		t.Errorf("got %+v, %v", res, err)
	}
	res, err = run(t, Options{Files: []string{"x/*"}}, map[string]string{"Dockerfile": "FROM a"})
	if err != nil || !strings.Contains(res.Skip, `"x/*"`) {
		t.Errorf("got %+v, %v", res, err)
	}
}

func TestR21RefusedPathsAreErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "Dockerfile", "FROM debian\n")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "Dockerfile.link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "Dockerfile.fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	res, err := runIn(t, Options{}, dir)
	failures := gate.Failures(err)
	if len(failures) != 2 || failures[0].Path != "Dockerfile.fifo" || failures[1].Path != "Dockerfile.link" {
		t.Errorf("failures: %+v", failures)
	}
	if got := list(res); !slices.Equal(got, []string{"Dockerfile:1:6 DL3006"}) {
		t.Errorf("the other file: %q", got)
	}
}

func TestR24UnreadableFilesAreErrors(t *testing.T) {
	res, err := run(t, Options{}, map[string]string{
		"a/Dockerfile": "FROM debian\n",
		"b/Dockerfile": "FROM a\nRUN \xff\n",
		"c/Dockerfile": "FROM a\n\x00",
		"d/Dockerfile": strings.Repeat("# a\n", 1<<19),
		"e/Dockerfile": "\xff\xfeF\x00R\x00O\x00M\x00",
	})
	var places []string
	for _, f := range gate.Failures(err) {
		places = append(places, f.Location.String())
	}
	if want := []string{"b/Dockerfile:2:5", "c/Dockerfile:2:1", "d/Dockerfile", "e/Dockerfile:1:1"}; !slices.Equal(places, want) {
		t.Errorf("errors at %q, want %q", places, want)
	}
	if got := list(res); !slices.Equal(got, []string{"a/Dockerfile:1:6 DL3006"}) || res.Checked.Files != 1 {
		t.Errorf("the other file: %q, %+v", got, res.Checked)
	}
}

// TestR24NeverPassesWhatWasNotParsed holds also where the configuration and
// the file itself try to switch the finding off.
func TestR24NeverPassesWhatWasNotParsed(t *testing.T) {
	o := Options{Ignore: []string{"build/ParseError"}, Severity: map[string]gate.Severity{"build/ParseError": gate.Low}}
	res, err := run(t, o, map[string]string{
		"Dockerfile": "# hadolint global ignore=build/ParseError\nFROM a:1\n# hadolint ignore=build/ParseError\nFOO\n",
	})
	if err != nil || len(res.Findings) != 1 || res.Findings[0].Severity != gate.Critical || res.Findings[0].Line != 4 {
		t.Errorf("got %+v, %v", res.Findings, err)
	}
	res, err = run(t, Options{}, map[string]string{"a/Dockerfile": "", "b/Dockerfile": "RUN [1]\n"})
	if err == nil || res.Checked.Files != 0 || len(res.Findings) != 2 {
		t.Errorf("nothing could be read: got %+v, %v", res, err)
	}
}

func TestFinding(t *testing.T) {
	res, err := run(t, Options{}, map[string]string{"Dockerfile": "FROM   debian \\\n  AS x\n"})
	if err != nil || len(res.Findings) != 1 {
		t.Fatalf("got %+v, %v", res, err)
	}
	want := gate.Finding{
		Rule: "DL3006", Severity: gate.Medium, Layer: gate.Container,
		Title: "FROM must name a tag or a digest", Message: `image "debian" has neither a tag nor a digest`,
		Hint: "add the tag that you build against, or better a digest", URL: "https://github.com/hadolint/hadolint/wiki/DL3006",
		Location: gate.Location{
			Path: "Dockerfile", Range: gate.Range{Line: 1, Column: 8, EndLine: 1, EndColumn: 14}, Object: "FROM debian AS x",
		},
		Controls: []string{"cis-docker-4.2", "nist-sp-800-190-4.1.5"},
	}
	if !reflect.DeepEqual(res.Findings[0], want) {
		t.Errorf("got %+v", res.Findings[0])
	}
}

func TestRulesThatSayTheSameNameEachOther(t *testing.T) {
	res, err := run(t, Options{}, map[string]string{"Dockerfile": "FROM a:1\nONBUILD FROM b:1\nFOO\n"})
	also := map[string][]string{}
	for _, f := range res.Findings {
		also[fmt.Sprintf("%d %s", f.Line, f.Rule)] = f.Also
	}
	want := map[string][]string{"2 DL3043": {"build/ParseError"}, "2 build/ParseError": {"DL3043"}, "3 build/ParseError": nil}
	if err != nil || !reflect.DeepEqual(also, want) {
		t.Errorf("got %v, %v", also, err)
	}
	if folded := gate.Fold(res.Findings); len(folded) != 2 {
		t.Errorf("people read %d findings", len(folded))
	}
}

func TestR28NoValueOfASecretInAFinding(t *testing.T) {
	src := "FROM a:1\nENV DB_PASSWORD=hunter2 \\\n    B=$DB_PASSWORD\nONBUILD ARG API_TOKEN=hunter2\nENV SECRET hunter2\nENV A=b PASSWORD hunter2\n"
	res, err := run(t, Options{}, map[string]string{"Dockerfile": src})
	if err != nil || len(res.Findings) < 4 {
		t.Fatalf("got %+v, %v", res, err)
	}
	for _, f := range res.Findings {
		if !f.Sensitive || strings.Contains(fmt.Sprintf("%+v", f), "hunter2") {
			t.Errorf("got %+v", f)
		}
	}
}

func TestConfiguration(t *testing.T) {
	files := map[string]string{"Dockerfile": "FROM debian\nUSER 0\n"}
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"default", Options{}, "DL3006 medium, DL3002 medium"},
		{"ignore", Options{Ignore: []string{"DL3006", "DL9999"}}, "DL3002 medium"},
		{"severity", Options{Severity: map[string]gate.Severity{"DL3002": gate.Critical, "SC9999": gate.Low}}, "DL3006 medium, DL3002 critical"},
		{"ignored with a severity", Options{Ignore: []string{"DL3002"}, Severity: map[string]gate.Severity{"DL3002": gate.High}}, "DL3006 medium"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := run(t, tt.o, files)
			var got []string
			for _, f := range res.Findings {
				got = append(got, fmt.Sprintf("%s %s", f.Rule, f.Severity))
			}
			if err != nil || strings.Join(got, ", ") != tt.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestR58SameResultOnAnyNumberOfProcessors(t *testing.T) {
	files := map[string]string{}
	for i := range 40 {
		files[fmt.Sprintf("%d/Dockerfile", i)] = generated(i)
	}
	var first gate.Result
	for _, n := range []int{1, 2, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
		res, err := run(t, Options{}, files)
		if err != nil || len(res.Findings) == 0 {
			t.Fatalf("got %+v, %v", res, err)
		}
		if n == 1 {
			first = res
		}
		if !reflect.DeepEqual(first, res) {
			t.Errorf("another result on %d processors", n)
		}
	}
}

func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "Dockerfile", "FROM debian\n")
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := New(Options{Tree: tree}).Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestR56PanicIsAnErrorOfTheFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "Dockerfile", "FROM debian\n")
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	s := New(Options{Tree: tree})
	s.rules = append(s.rules, rule{check: func(*pass) { panic("boom") }})
	_, err = s.Run(context.Background())
	if failures := gate.Failures(err); len(failures) == 0 || failures[0].String() != "Dockerfile: internal error: boom" {
		t.Errorf("got %+v", failures)
	}
}
