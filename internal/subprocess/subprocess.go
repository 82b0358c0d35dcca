// Package subprocess runs the programs of others that a stage asks: for a limited
// time, with limited output, and with no environment but the one that it is given.
package subprocess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// MaxComplaint bounds what is kept of the standard error, in bytes.
const MaxComplaint = 4 << 10

// A Command is a program and its limits.
type Command struct {
	Name string // for errors
	Path string // of the program, which no shell looks at
	Args []string
	Dir  string   // where it runs
	Env  []string // all of its environment
	// Time is how long it may take, Output how many bytes it may print.
	Time   time.Duration
	Output int
	// Succeeded are the exit codes beside 0 that are no error.
	Succeeded []int
}

// Run runs the program and returns what it printed on its standard output. When
// ctx has ended, the error is the cause of that.
func Run(ctx context.Context, c Command) ([]byte, error) {
	out, _, err := Streams(ctx, c)
	return out, err
}

// Streams is Run for a program whose warnings matter: it also returns the first
// bytes of its standard error, at most [MaxComplaint].
func Streams(ctx context.Context, c Command) (out, complaint []byte, err error) {
	limited, cancel := context.WithTimeout(ctx, c.Time)
	defer cancel()
	cmd := exec.CommandContext(limited, c.Path, c.Args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = c.Dir, append([]string{}, c.Env...), time.Second // nil would be ours
	stdout, stderr := &capped{limit: c.Output}, &capped{limit: MaxComplaint}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	case limited.Err() != nil:
		return nil, nil, fmt.Errorf("running %s: not finished after %v", c.Name, c.Time)
	case stdout.over:
		return nil, nil, fmt.Errorf("running %s: more than %d MiB of output", c.Name, c.Output>>20)
	case err == nil, errors.As(err, &exit) && slices.Contains(c.Succeeded, exit.ExitCode()):
		return stdout.kept.Bytes(), stderr.kept.Bytes(), nil
	case stderr.kept.Len() > 0:
		return nil, nil, fmt.Errorf("running %s: %w: %s", c.Name, err, strings.TrimSpace(stderr.kept.String()))
	}
	return nil, nil, fmt.Errorf("running %s: %w", c.Name, err)
}

// capped keeps the first bytes that are written to it.
type capped struct {
	kept  bytes.Buffer
	limit int
	over  bool
}

// Write never fails, so that the process is not stopped by a broken pipe.
func (c *capped) Write(b []byte) (int, error) {
	room := c.limit - c.kept.Len()
	c.over = c.over || len(b) > room
	c.kept.Write(b[:min(room, len(b))])
	return len(b), nil
}
