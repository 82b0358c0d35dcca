//go:build e2e

// Package e2e holds the tests that need a Docker engine: they run the image as its users do. scripts/e2e.sh prepares
// what they use and says where it is; nothing of portcullis is linked into them.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// result is what a program that ended left behind.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a program to its end in folder dir ("" is this one). A program that cannot be run or hangs ends the test.
func run(t *testing.T, dir, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute) // cleanups run programs too
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("running %s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// must runs a program that has to end with status 0, and returns what it printed.
func must(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	r := run(t, dir, name, args...)
	if r.code != 0 {
		t.Fatalf("%s %s: exit status %d\n%s%s", name, strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// prepared returns something that scripts/e2e.sh made.
func prepared(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run make e2e", name)
	}
	return value
}

// portcullis runs the image. Options are those of docker run.
func portcullis(t *testing.T, options []string, args ...string) result {
	t.Helper()
	line := append([]string{"run", "--rm"}, options...)
	return run(t, "", "docker", append(append(line, prepared(t, "E2E_IMAGE")), args...)...)
}

// on mounts a folder of the repository as the workspace, as README shows it, but not writable.
func on(t *testing.T, folder string) []string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", folder))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"-v", dir + ":/w:ro", "-w", "/w"}
}

// report is what these tests read of a JSON report.
type report struct {
	Verdict  string
	ExitCode int
	Stages   []struct {
		Name, Verdict, Reason, Error string
		Findings                     []struct {
			Rule, Path string
			Line       int
		}
	}
	Images []struct {
		Reference, Digest string
		Platforms         []struct {
			OS       string
			Packages int
		}
		Signature *struct {
			Digest   string
			Verified bool
		}
	}
}

func decode(t *testing.T, r result) report {
	t.Helper()
	var decoded report
	if err := json.Unmarshal([]byte(r.stdout), &decoded); err != nil {
		t.Fatalf("parsing the report: %v\nexit status %d\n%s%s", err, r.code, r.stdout, r.stderr)
	}
	return decoded
}

// expect fails unless the run ended with an exit code, and the report says so too.
func (r report) expect(t *testing.T, ran result, code int, verdict string) {
	t.Helper()
	if ran.code != code || r.ExitCode != code || r.Verdict != verdict {
		t.Errorf("exit status %d, exitCode %d, verdict %s; want %d, %s\n%s%s",
			ran.code, r.ExitCode, r.Verdict, code, verdict, ran.stdout, ran.stderr)
	}
}

// has tells whether a rule has a finding at a line.
func (r report) has(rule, path string, line int) bool {
	for _, stage := range r.Stages {
		for _, f := range stage.Findings {
			if f.Rule == rule && f.Path == path && f.Line == line {
				return true
			}
		}
	}
	return false
}
