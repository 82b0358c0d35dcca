package depcheck

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const root = "../../"

var (
	uses       = regexp.MustCompile(`(?m)^[ -]*uses: *(.*)$`)
	pinned     = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	expression = regexp.MustCompile(`\$\{\{`)
)

// workflow is what the tests read of a file in .github/workflows or examples.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Timeout     int `yaml:"timeout-minutes"`
		Permissions map[string]string
		Steps       []struct {
			Uses, Run string
			With      map[string]string
		}
	}
}

// workflows calls f with each workflow of the repository, and each that it shows.
func workflows(t *testing.T, f func(t *testing.T, text string, w workflow)) {
	t.Helper()
	files, err := filepath.Glob(root + ".github/workflows/*.yml")
	examples, errExamples := filepath.Glob(root + "examples/*.yml")
	if err != nil || errExamples != nil || len(files) < 2 || len(examples) < 3 {
		t.Fatalf("found workflows %q, examples %q", files, examples)
	}
	for _, file := range append(files, examples...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := read(t, file)
			var w workflow
			if err := yaml.Unmarshal([]byte(text), &w); err != nil {
				t.Fatal(err)
			}
			f(t, text, w)
		})
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestR20ActionsArePinnedByCommit(t *testing.T) {
	workflows(t, func(t *testing.T, text string, _ workflow) {
		all := uses.FindAllStringSubmatch(text, -1)
		if len(all) == 0 {
			t.Error("no action in use")
		}
		for _, use := range all {
			if use[1] != "./" && use[1] != "OWNER/portcullis@COMMIT" && !pinned.MatchString(use[1]) {
				t.Errorf("uses: %s\nwant a commit, which cannot change, and its version in a comment", use[1])
			}
		}
	})
}

func TestR60WorkflowsHoldNoMoreThanTheyNeed(t *testing.T) {
	workflows(t, func(t *testing.T, _ string, w workflow) {
		if w.Permissions == nil || len(w.Permissions) > 0 {
			t.Errorf("permissions of the workflow are %v, want {}: each job names its own", w.Permissions)
		}
		for name, job := range w.Jobs {
			if job.Timeout == 0 || len(job.Permissions) == 0 {
				t.Errorf("job %s has time-out %d and permissions %v, want both set", name, job.Timeout, job.Permissions)
			}
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
					t.Errorf("job %s leaves its token in .git/config", name)
				}
				if expression.MatchString(step.Run) {
					t.Errorf("job %s puts an expression into a script, where its value can be code:\n%s", name, step.Run)
				}
			}
		}
	})
}

func TestR20ReleasePinsTheAction(t *testing.T) {
	const script = root + "scripts/pin-action.sh"
	action := read(t, root+"action.yml")
	read(t, script) // or go test would not see that it changed
	image := "registry.example:5000/acme/portcullis@sha256:" + strings.Repeat("ab", 32)
	pin := func(image, action string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "bash", script, image)
		cmd.Stdin = strings.NewReader(action)
		out, err := cmd.Output()
		return string(out), err
	}
	got, err := pin(image, action)
	if want := strings.Replace(action, "image: Dockerfile", "image: docker://"+image, 1); err != nil || got != want || got == action {
		t.Errorf("pinned, the action is (%v)\n%s", err, got)
	}
	for name, args := range map[string][2]string{
		"tag":          {"ghcr.io/acme/portcullis:v1", action},
		"short digest": {"ghcr.io/acme/portcullis@sha256:abc", action},
		"no image":     {image, "runs: {using: composite}\n"},
		"pinned twice": {image, got},
	} {
		if out, err := pin(args[0], args[1]); err == nil {
			t.Errorf("%s: no error, and the action\n%s", name, out)
		}
	}
}

// The engines compile for minutes; two sets of flags would compile them twice.
func TestOneSetOfBuildFlags(t *testing.T) {
	flags := []string{"GOEXPERIMENT jsonv2", "CGO_ENABLED 0", "GOFLAGS -buildvcs=false -trimpath"}
	setting := regexp.MustCompile(`\b(GOEXPERIMENT|CGO_ENABLED|GOFLAGS) ?:?= ?("[^"]*"|-buildvcs.*|\w+)`)
	for _, file := range []string{"Makefile", ".ci/run", "Dockerfile"} {
		var got []string
		for _, m := range setting.FindAllStringSubmatch(read(t, root+file), -1) {
			got = append(got, m[1]+" "+strings.Trim(m[2], `"`))
		}
		for _, flag := range flags {
			if !slices.Contains(got, flag) {
				t.Errorf("%s sets %q, want %q among them", file, got, flag)
			}
		}
	}
}
