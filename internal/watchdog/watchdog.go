// Package watchdog ends a context when the process takes more memory than work
// in it may. Libraries that render or evaluate have no limits of their own.
package watchdog

import (
	"context"
	"runtime/metrics"
	"time"
)

// Watch calls check at each interval until it returns an error or the context
// ends, and returns a context that ends with that error as its cause. The caller
// calls stop when the work is done.
func Watch(ctx context.Context, interval time.Duration, check func() error) (watched context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := check(); err != nil {
				cancel(err)
				return
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

// Memory returns the bytes of all objects on the heap, dead ones included that
// have not been collected yet, and of all stacks.
func Memory() (heap, stacks uint64) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return bytesOf(samples[0]), bytesOf(samples[1])
}

// bytesOf is 0 where this version of Go knows no such number.
func bytesOf(s metrics.Sample) uint64 {
	if s.Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s.Value.Uint64()
}
