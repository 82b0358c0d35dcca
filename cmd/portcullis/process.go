package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

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
