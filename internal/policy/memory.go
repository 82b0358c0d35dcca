package policy

import (
	"context"
	"fmt"
	"runtime/metrics"
	"time"
)

// memoryLimit is how much the heap may grow while the policies run. Within one
// call of a builtin nothing can stop them.
const memoryLimit = 2 << 30

// limitMemory returns a context that ends with a cause when the heap has grown
// by more than limit bytes, and a function that stops watching.
func limitMemory(ctx context.Context, limit uint64) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	start := heap()
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if heap() > start+limit {
					cancel(memoryError(limit))
				}
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

func memoryError(limit uint64) error {
	return fmt.Errorf("the policies need more than %d MiB of memory", limit>>20)
}

// heap returns the bytes of all objects on the heap, dead ones included that
// have not been collected yet.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
