package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// errStalled is what the cause of a request wraps that was given up because too
// little came. It is made again, and a blob goes on where it ended.
var errStalled = errors.New("the registry is too slow")

// A pace is what a far end has to keep to: so many bytes in each stretch of
// time, the first of which begins with the request. One that sends a byte now and
// then would otherwise hold a run until its stage's time is over.
type pace struct {
	every time.Duration
	least int64
}

// pace returns that of registries.
func (f *Fetcher) pace() pace { return pace{every: f.Stall, least: f.Least} }

// within returns a context that ends with the first stretch, for answers that
// are small.
func (p pace) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, p.every, fmt.Errorf("%w: no whole answer in %s", errStalled, p.every))
}

// watch begins to look at a request. It is cancelled when it falls behind, until
// the watch is closed.
func (p pace) watch(cancel context.CancelCauseFunc) *watch {
	w := &watch{pace: p, cancel: cancel}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(p.every, w.look)
	return w
}

// A watch is the body of an answer whose pace counts.
type watch struct {
	pace
	body   io.ReadCloser // nil: nothing was answered yet
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	n     int64 // bytes in this stretch
	err   error // why it was given up
	timer *time.Timer
}

// read begins the first stretch of an answer.
func (w *watch) read(body io.ReadCloser) io.ReadCloser {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.body, w.n = body, 0
	w.timer.Reset(w.every)
	return w
}

// look ends a stretch.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n < w.least {
		w.err = fmt.Errorf("%w: %d bytes in %s", errStalled, w.n, w.every)
		w.cancel(w.err)
		return
	}
	w.n = 0
	w.timer.Reset(w.every)
}

// Read reads from the answer.
func (w *watch) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n += int64(n); err != nil && w.err != nil {
		err = w.err
	}
	return n, err
}

// Close ends the request.
func (w *watch) Close() error {
	w.mu.Lock()
	w.timer.Stop()
	w.least = 0 // if it is looked at just now
	w.mu.Unlock()
	w.cancel(nil)
	if w.body == nil {
		return nil
	}
	return w.body.Close()
}
