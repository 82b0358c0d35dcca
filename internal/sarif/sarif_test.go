package sarif_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/sarif"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tree is a workspace with these files.
func tree(t testing.TB, files map[string]string) *workspace.Tree {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

var sources = map[string]string{
	"src/page.js":       "// page\nelement.in(\"\U0001f600é\" + name)\nconst x = 1\n",
	"src/app.py":        "import os\ndef run(input):\n    os.system(\n        input)\neval\n",
	"cmd/main.go":       "package main\n\nfunc main() {\n\th := md5.New()\n\t_ = h\n\tf.Close()\n}\n",
	"package-lock.json": "{}\n",
}

// run judges files as the gate does.
func run(t testing.TB, w *workspace.Tree, files ...string) gate.StageReport {
	t.Helper()
	r := gate.Run(t.Context(), gate.Plan{
		Steps:     []gate.Step{{Stage: sarif.New(sarif.Options{Files: files, Tree: w}), Required: true}},
		Threshold: gate.High,
	})
	s, _ := r.Stage("import")
	s.Duration = 0
	return s
}

// write makes a file of one run, from the members of the run.
func write(t testing.TB, members string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.sarif")
	text := `{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Tool"}}` + members + `}]}`
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestFilesOfOtherTools(t *testing.T) {
	for tool, want := range map[string]gate.Verdict{
		"codeql": gate.Failed, "semgrep": gate.Failed, "gosec": gate.Failed, "grype": gate.Failed,
	} {
		t.Run(tool, func(t *testing.T) {
			s := run(t, tree(t, sources), filepath.Join("testdata", tool+".sarif"))
			if s.Verdict != want {
				t.Errorf("%s: %s", s.Verdict, s.Error)
			}
			got, err := json.MarshalIndent(s, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", tool+".json")
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(want) != string(got)+"\n" {
				t.Errorf("%s differs (%v): run the test with -update and look at the difference; got:\n%s", golden, err, got)
			}
		})
	}
}

func TestR15NothingFoundByAToolThatRanIsAPass(t *testing.T) {
	s := run(t, tree(t, nil), write(t, `, "results": []`))
	if s.Verdict != gate.Passed || s.Checked.Files != 1 || s.Checked.Rules != 1 {
		t.Errorf("%+v", s)
	}
}

func TestR15RunThatDidNotEndWellIsAnError(t *testing.T) {
	for name, test := range map[string]struct{ members, want string }{
		"no results":   {``, "no list of results"},
		"null":         {`, "results": null`, "no list of results"},
		"unsuccessful": {`, "results": [], "invocations": [{"executionSuccessful": false}]`, "did not run successfully"},
		"killed":       {`, "results": [], "invocations": [{"executionSuccessful": true, "exitSignalName": "SIGKILL"}]`, "SIGKILL"},
		"reports an error": {`, "results": [], "invocations": [{"executionSuccessful": true, "toolExecutionNotifications":
			[{"level": "error", "message": {"text": "out of memory"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.go"}}}]}]}]`, "out of memory (a.go)"},
		"elsewhere": {`, "results": [], "externalPropertyFileReferences": {"results": [{"location": {"uri": "b"}}]}`, "in other files"},
	} {
		t.Run(name, func(t *testing.T) {
			s := run(t, tree(t, nil), write(t, test.members))
			if s.Verdict != gate.Error || !strings.Contains(s.Error, test.want) {
				t.Errorf("%s: %s", s.Verdict, s.Error)
			}
		})
	}
}

func TestR24FilesThatAreNoSARIF(t *testing.T) {
	w := tree(t, nil)
	dir := t.TempDir()
	many := strings.Repeat("{},", sarif.MaxResults) + "{}"
	for name, text := range map[string]string{
		"empty": "", "text": "all good\n", "list": "[]", "object": "{}", "version": `{"version": "2.0.0", "runs": [{}]}`,
		"no run": `{"version": "2.1.0", "runs": []}`, "cut": `{"version": "2.1.0", "runs": [{"results": [`,
		"twice": `{"version": "2.1.0", "runs": [{"results": []}], "runs": []}`,
		"deep":  strings.Repeat("[", 100_000),
		"many":  `{"version": "2.1.0", "runs": [{"results": [` + many + `]}]}`,
		"after": `{"version": "2.1.0", "runs": [{"results": []}]} {}`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, "x.sarif")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			good := write(t, `, "results": [{"level": "error", "message": {"text": "found"}}]`)
			s := run(t, w, file, good)
			if s.Verdict != gate.Error || len(s.Failures) != 1 || len(s.Findings) != 1 {
				t.Errorf("%s: %q %d", s.Verdict, s.Error, len(s.Findings))
			}
		})
	}
}

func TestR21FilesThatAreNotRead(t *testing.T) {
	w := tree(t, map[string]string{"a": ""})
	outside := write(t, `, "results": []`)
	link, fifo, huge := filepath.Join(w.Dir(), "link.sarif"), filepath.Join(w.Dir(), "fifo"), filepath.Join(w.Dir(), "huge")
	if err := os.Symlink(outside, link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, sarif.MaxSize+1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{link, fifo, huge, w.Dir(), filepath.Join(w.Dir(), "none")} {
		if s := run(t, w, name); s.Verdict != gate.Error || s.Checked.Files != 0 {
			t.Errorf("%s: %s %s", name, s.Verdict, s.Error)
		}
	}
	if s := run(t, w, outside); s.Verdict != gate.Passed {
		t.Errorf("%s: %s", s.Verdict, s.Error)
	}
}

func TestSuppressions(t *testing.T) {
	for name, test := range map[string]struct {
		suppressions string
		want         gate.Verdict
	}{
		"none":         {`[]`, gate.Failed},
		"accepted":     {`[{"kind": "external", "status": "accepted", "justification": "test code"}]`, gate.Passed},
		"under review": {`[{"kind": "external", "status": "underReview"}]`, gate.Failed},
		"one rejected": {`[{"kind": "inSource"}, {"kind": "external", "status": "rejected"}]`, gate.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			s := run(t, tree(t, nil), write(t, `, "results": [{"level": "error", "message": {"text": "found"}, "suppressions": `+test.suppressions+`}]`))
			if s.Verdict != test.want || len(s.Findings) != 1 {
				t.Errorf("%s: %+v", s.Verdict, s.Findings)
			}
		})
	}
}
