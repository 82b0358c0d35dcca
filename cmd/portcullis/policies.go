package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/pacing"
	"github.com/portcullis-ci/portcullis/internal/policy"
)

// policyProcess is the one argument of the process in which this program
// evaluates policies that are not its own. It is no command for people.
const policyProcess = "evaluate-policies-of-others"

// policyCommand returns the command of such a process: this program, with
// nothing of the environment but what decides about speed and temporary files.
func policyCommand(ctx context.Context) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, policyProcess)
	cmd.Args[0] = os.Args[0]
	cmd.Env = []string{"GOGC=400"} // while the packages begin: then the process sets its own pace
	for _, name := range []string{"TMPDIR", "GOMAXPROCS"} {
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd, nil
}

// servePolicies is what the process does; why it could not, it says to stderr.
func servePolicies(ctx context.Context, stderr io.Writer) int {
	defer pacing.Allow(heapRoom)()
	if err := policy.Serve(ctx, os.Stdin, os.Stdout, renderers); err != nil {
		fmt.Fprintln(stderr, err)
		return gate.ExitIncomplete
	}
	return gate.ExitPassed
}
