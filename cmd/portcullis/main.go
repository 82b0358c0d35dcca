// Portcullis is a gate for what a pull request is about to ship to Kubernetes:
// it checks manifests, Dockerfiles and images, and signs the images only when
// every check passed.
package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/portcullis-ci/portcullis/internal/cli"
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
