// Portcullis is a gate for what a pull request is about to ship to Kubernetes:
// it checks manifests, Dockerfiles and images, and signs the images only when
// every check passed.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/portcullis-ci/portcullis/internal/cli"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/pacing"
)

// version is set by the linker.
var version = "devel"

// heapRoom is by how much the heap may grow between collections, unless GOGC
// says something else.
const heapRoom = 96 << 20

func main() { os.Exit(portcullis(time.Now)) }

// portcullis runs the program by the given clock and returns the exit code.
func portcullis(now func() time.Time) int {
	// Engines find a default logger that prints nothing; what they should log to
	// they are given.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	stderr := takeStderr()
	env := takeEnvironment()
	if env.get("GOGC") == "" {
		defer pacing.Allow(heapRoom)()
	}
	ctx, stop := interruptible()
	defer stop()
	if len(os.Args) == 2 && os.Args[1] == policyProcess {
		return servePolicies(ctx, stderr)
	}
	app := cli.App{
		Stdout: os.Stdout, Stderr: stderr, Getenv: env.get, Now: now, Version: version,
		Engines: engines(env),
	}
	return app.Main(ctx, os.Args[1:]...)
}

// takeStderr returns the standard error and leaves engines one that says
// nothing: what they print there by themselves passes no escaper, and GitHub
// reads commands from it. A crash of the runtime is still printed.
func takeStderr() *os.File {
	stderr := os.Stderr
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	return stderr
}

// interruptible returns a context that SIGINT and SIGTERM end, with the exit
// code as its cause. A second signal ends the process at once.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		code := gate.Interrupt(gate.ExitInterrupt)
		if <-signals == syscall.SIGTERM {
			code = gate.ExitTerminate
		}
		signal.Stop(signals)
		cancel(code)
	}()
	return ctx, func() { cancel(nil) }
}
