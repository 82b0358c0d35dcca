package helm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/portcullis-ci/portcullis/internal/watchdog"
)

// limits are what the rendering of a chart may take.
type limits struct {
	time   time.Duration
	heap   uint64 // bytes by which the heap may grow
	stacks uint64 // bytes by which all stacks may grow, where a recursion shows
	output int    // bytes of one string, and of the whole rendering
}

var standard = limits{time: time.Minute, heap: 1 << 30, stacks: 128 << 20, output: 32 << 20}

const (
	maxNesting = 500 // of values that are written out
	grace      = 2 * time.Second
)

// watch returns a context that ends with a cause when a limit is reached.
func (l limits) watch(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithTimeoutCause(ctx, l.time, fmt.Errorf("rendering takes longer than %s", l.time))
	heapBefore, stacksBefore := watchdog.Memory()
	ctx, done := watchdog.Watch(ctx, 5*time.Millisecond, func() error {
		switch heap, stacks := watchdog.Memory(); {
		case heap > heapBefore+l.heap:
			return fmt.Errorf("rendering needs more than %d MiB of memory", l.heap>>20)
		case stacks > stacksBefore+l.stacks:
			return errors.New("the templates call each other too deeply")
		}
		return nil
	})
	return ctx, func() { done(); stop() }
}

// run calls f in a goroutine. If that does not end soon after the context, it is
// left behind.
func run[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if v := recover(); v != nil {
				o.err = fmt.Errorf("the templates panic: %v", v)
			}
			done <- o
		}()
		o.value, o.err = f()
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
	}
	select {
	case o := <-done:
		return o.value, o.err
	case <-time.After(grace):
		var none T
		return none, context.Cause(ctx)
	}
}

// weigh returns a value as it is, or an error if it would take more than the
// limit to write it out. Values that templates build can hold one another many
// times over.
func (l limits) weigh(value any) (any, error) {
	if l.weight(reflect.ValueOf(value), 0, 0) > l.output {
		return nil, errLarge(l.output)
	}
	return value, nil
}

func errLarge(limit int) error {
	return fmt.Errorf("a value larger than the limit of %d MiB", limit>>20)
}

// weight adds the size of a value, written out, to a sum that it stops at when
// that is beyond the limit.
func (l limits) weight(v reflect.Value, sum, depth int) int {
	if sum++; sum > l.output {
		return sum
	}
	if depth > maxNesting {
		return l.output + 1
	}
	switch v.Kind() {
	case reflect.String:
		return sum + v.Len()
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			return l.weight(v.Elem(), sum, depth+1)
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			sum = l.weight(value, l.weight(key, sum, depth+1)+2*depth, depth+1)
			if sum > l.output {
				break
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return sum + v.Len()
		}
		for i := 0; i < v.Len() && sum <= l.output; i++ {
			sum = l.weight(v.Index(i), sum+2*depth, depth+1)
		}
	}
	return sum
}
