package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestOwnRepositoryPasses runs the gate on this repository, as `make self` does:
// no finding in what is ours, and the fixtures that are wrong on purpose are not
// part of it.
func TestOwnRepositoryPasses(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "run", "--offline", "../..")
	cmd.Env = []string{asPortcullis + "=1", "PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil || strings.Contains(text, "testdata/") {
		t.Errorf("%v\n%s", err, text)
	}
	for _, want := range []string{`(?m)^dockerfile +passed +0 +0 `, `(?m)^workflow +passed +0 +0 `, `(?m)^gate open: 2 stages passed \(exit code 0\)$`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("nothing matches %s:\n%s", want, text)
		}
	}
}
