package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/waiver"
	"github.com/portcullis-ci/portcullis/testdata/projects"
)

// copyProjects writes the example projects into dir.
func copyProjects(dir string) error {
	for _, name := range []string{"storefront", "legacy"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS("../../testdata/projects/"+name)); err != nil {
			return err
		}
	}
	return os.CopyFS(dir, projects.FS)
}

// documents are the files whose examples are run.
func documents(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(docs, "../../README.md", "../../CONTRIBUTING.md")
}

var (
	console = regexp.MustCompile("(?s)```console\n(.*?)```\n")
	yamls   = regexp.MustCompile("(?s)```yaml\n(.*?)```\n")
	// varies is what differs each time, the durations of a report with the blanks
	// that align them, what every new rule changes, and what depends on the machine.
	varies = regexp.MustCompile(` +(time|\d+(\.\d+)?m?s)\b|\d+ rules| {3,}|note: shellcheck is not installed[^\n]*\n\n`)
)

// TestDocuments runs every console example of the documents in a folder with
// the example projects, and compares what it prints.
func TestDocuments(t *testing.T) {
	for _, doc := range documents(t) {
		t.Run(filepath.Base(doc), func(t *testing.T) {
			text, err := os.ReadFile(doc)
			if err != nil {
				t.Fatal(err)
			}
			got := console.ReplaceAllFunc(text, func(block []byte) []byte {
				body := console.FindSubmatch(block)[1]
				return []byte("```console\n" + transcript(t, string(body)) + "```\n")
			})
			if *update {
				if err := os.WriteFile(doc, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if !bytes.Equal(varies.ReplaceAll(got, nil), varies.ReplaceAll(text, nil)) {
				t.Errorf("other output than the examples print (-update rewrites it):\n%s", diff.Diff(doc, text, "printed", got))
			}
		})
	}
}

// transcript runs the commands of an example and returns it with their output.
func transcript(t *testing.T, example string) string {
	t.Helper()
	dir := t.TempDir()
	if err := copyProjects(dir); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(example) {
		command, ok := strings.CutPrefix(line, "$ portcullis ")
		if !ok {
			continue
		}
		out.WriteString(line)
		cmd := exec.CommandContext(t.Context(), os.Args[0], strings.Fields(command)...)
		cmd.Dir = dir
		cmd.Env = []string{asPortcullis + "=1", "HOME=" + dir, "PATH=" + os.Getenv("PATH")}
		b, err := cmd.CombinedOutput()
		var exited *exec.ExitError
		if err != nil && !errors.As(err, &exited) {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s", b)
	}
	return out.String()
}

// TestDocumentedConfiguration holds that every configuration that a document
// shows is one that the program takes.
func TestDocumentedConfiguration(t *testing.T) {
	shown := 0
	for _, doc := range documents(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range yamls.FindAllSubmatch(text, -1) {
			if !bytes.HasPrefix(match[1], []byte("version:")) {
				continue // a workflow
			}
			shown++
			if err := takes(t, doc, match[1]); err != nil {
				t.Error(err)
			}
		}
	}
	if shown == 0 {
		t.Error("no document shows a configuration")
	}
}

// takes returns why the program does not take a configuration, or waivers.
func takes(t *testing.T, doc string, text []byte) error {
	t.Helper()
	if !bytes.Contains(text, []byte("\nwaivers:\n")) {
		_, err := config.Parse(doc, text)
		return err
	}
	waivers, err := config.ParseWaivers(doc, text)
	if err != nil {
		return err
	}
	_, err = waiver.New(waiver.Options{File: doc, Waivers: waivers, Now: day}).Run(t.Context())
	return err
}

// TestChecksAreDocumented holds that docs/checks.md is what the rules say.
func TestChecksAreDocumented(t *testing.T) {
	const doc = "../../docs/checks.md"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "rules", "--format", "markdown")
	cmd.Env = []string{asPortcullis + "=1"}
	want, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(doc, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(doc); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/checks.md does not say what the rules say (-update rewrites it): %v", err)
	}
}
