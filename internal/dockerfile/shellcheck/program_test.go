package shellcheck

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const minute = time.Minute

// installed returns where ShellCheck is.
func installed(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("shellcheck is not installed")
	}
	return path
}

// program returns a program that is this shell script.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shellcheck")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheck(t *testing.T) {
	p := New(installed(t), minute)
	got, err := p.Check(t.Context(), []Script{
		{Text: "true", Shell: "sh"},
		{Text: "echo $a", Shell: "sh"},
		{Text: "echo $RANDOM", Shell: "bash"}, // sh has no such variable
		{Text: "echo $a", Shell: "sh"},
		{Text: "echo $a", Shell: "sh", Variables: []string{"a"}},
		{Text: ". ./x; . \"$HOME/y\"", Shell: "sh"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(got))
	for i, comments := range got {
		for _, c := range comments {
			ids[i] += c.ID() + " "
		}
	}
	want := []string{"", "SC2086 SC2154 ", "", "SC2086 SC2154 ", "", ""}
	if !reflect.DeepEqual(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
}

// TestCheckRemembers counts processes: a script that was checked is not checked
// again, also not within one call.
func TestCheckRemembers(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	p := New(program(t, "shift 6; echo $# >>"+count+"\necho '{\"comments\":[]}'\n"), minute)
	a, b := Script{Text: "a", Shell: "sh"}, Script{Text: "b", Shell: "sh"}
	for _, scripts := range [][]Script{{a, a, b}, {b, a}, {a, {Text: "a", Shell: "bash"}}, {}} {
		if _, err := p.Check(t.Context(), scripts); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(load(t, count)); got != "2\n1\n" {
		t.Errorf("files for each process: %q", got)
	}
}

// TestR46NothingIsPassedOn holds that the program gets no variable of the
// environment, and a folder with nothing but the scripts, which is gone later.
func TestR46NothingIsPassedOn(t *testing.T) {
	t.Setenv("GITHUB_TOKEN", "secret")
	t.Setenv("SHELLCHECK_OPTS", "--exclude=SC2086")
	seen := filepath.Join(t.TempDir(), "seen")
	p := New(program(t, "{ env; pwd; ls -A; echo \"$@\"; } >"+seen+"\necho '{\"comments\":[]}'\n"), minute)
	if _, err := p.Check(t.Context(), []Script{{Text: "a", Shell: "sh"}}); err != nil {
		t.Fatal(err)
	}
	text := string(load(t, seen))
	if strings.Contains(text, "secret") || strings.Contains(text, "SHELLCHECK_OPTS") || !strings.Contains(text, "\n0.sh\n--norc ") {
		t.Errorf("the program saw\n%s", text)
	}
	for line := range strings.Lines(text) {
		if dir, ok := strings.CutPrefix(strings.TrimSpace(line), "HOME="); ok {
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is left: %v", dir, err)
			}
		}
	}
}

func TestR54WhatDidNotFinishIsAnError(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"crash", "kill -SEGV $$", "running shellcheck: signal: segmentation fault"},
		{"file not read", "echo '{\"comments\":[]}'; echo 'cannot read' >&2; exit 2", "running shellcheck: exit status 2: cannot read"},
		{"no output", "exit 1", "reading the output of shellcheck: "},
		{"hangs", "exec sleep 60", "not finished after 300ms"},
		{"too much", "exec head -c 70000000 /dev/zero", "more than 64 MiB of output"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			timeout := minute
			if tt.name == "hangs" {
				timeout = 300 * time.Millisecond
			}
			_, err := New(program(t, tt.script), timeout).Check(t.Context(), []Script{{Text: "a", Shell: "sh"}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := New("/nonexistent/shellcheck", minute).Check(t.Context(), []Script{{Text: "a", Shell: "sh"}}); err == nil {
		t.Error("a program that is not there is no error")
	}
}

func TestCheckIsCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := New(program(t, "exec sleep 60"), minute).Check(ctx, []Script{{Text: "a", Shell: "sh"}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
