package subprocess_test

import (
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/subprocess"
)

// TestR46NothingIsInherited holds that a program sees the environment that it is
// given, also where that is none.
func TestR46NothingIsInherited(t *testing.T) {
	t.Setenv("COSIGN_PASSWORD", "secret")
	for _, env := range [][]string{nil, {"A=1"}} {
		out, err := subprocess.Run(t.Context(), subprocess.Command{
			Name: "env", Path: "/usr/bin/env", Dir: t.TempDir(), Env: env, Time: time.Minute, Output: 1 << 20,
		})
		if got := strings.Fields(string(out)); err != nil || strings.Join(got, " ") != strings.Join(env, " ") {
			t.Errorf("%q, %v: the environment is %q", env, err, got)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for script, want := range map[string]string{
		"echo out; exit 1":     "",
		"echo why >&2; exit 2": "running sh: exit status 2: why",
		"exit 3":               "running sh: exit status 3",
	} {
		out, err := subprocess.Run(t.Context(), subprocess.Command{
			Name: "sh", Path: "/bin/sh", Args: []string{"-c", script}, Time: time.Minute, Output: 1 << 20, Succeeded: []int{1},
		})
		if want == "" && (err != nil || string(out) != "out\n") || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: %q, %v", script, out, err)
		}
	}
}
