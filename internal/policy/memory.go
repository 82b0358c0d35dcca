package policy

import (
	"context"
	"fmt"
	"time"

	"github.com/portcullis-ci/portcullis/internal/watchdog"
)

// memoryLimit is how much the heap may grow while the policies run. Within one
// call of a builtin nothing can stop them.
const memoryLimit = 2 << 30

// limitMemory returns a context that ends with a cause when the heap has grown
// by more than limit bytes, and a function that stops watching.
func limitMemory(ctx context.Context, limit uint64) (context.Context, context.CancelFunc) {
	start, _ := watchdog.Memory()
	return watchdog.Watch(ctx, 20*time.Millisecond, func() error {
		if heap, _ := watchdog.Memory(); heap > start+limit {
			return memoryError(limit)
		}
		return nil
	})
}

func memoryError(limit uint64) error {
	return fmt.Errorf("the policies need more than %d MiB of memory", limit>>20)
}
