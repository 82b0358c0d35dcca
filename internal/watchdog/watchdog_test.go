package watchdog

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

func TestWatchEndsWithTheCause(t *testing.T) {
	full := errors.New("full")
	asked := 0
	ctx, stop := Watch(t.Context(), time.Microsecond, func() error {
		if asked++; asked == 3 {
			return full
		}
		return nil
	})
	defer stop()
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, full) {
		t.Errorf("the cause is %v", cause)
	}
}

func TestWatchStopsWithItsWork(t *testing.T) {
	for name, end := range map[string]func(parent, stop context.CancelFunc){
		"stopped":   func(_, stop context.CancelFunc) { stop() },
		"cancelled": func(parent, _ context.CancelFunc) { parent() },
	} {
		parent, cancel := context.WithCancel(t.Context())
		ctx, stop := Watch(parent, time.Hour, func() error { return errors.New("asked") })
		end(cancel, stop)
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
			t.Errorf("%s: the cause is %v", name, cause)
		}
		stop()
		cancel()
	}
}

func TestMemoryGrows(t *testing.T) {
	before, stacks := Memory()
	kept := make([]byte, 64<<20)
	after, _ := Memory()
	if before == 0 || stacks == 0 || after < before+32<<20 {
		t.Errorf("heap %d, then %d; stacks %d", before, after, stacks)
	}
	runtime.KeepAlive(kept)
}
