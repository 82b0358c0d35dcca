package sign

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// The run is cancelled at the nth request to the registry, for each n there is:
// nothing is claimed, and no request that writes comes after.
func TestR53NoSignatureAfterCancel(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t)
		image := w.push("shop")
		w.writes()
		ctx, cancel := context.WithCancelCause(t.Context())
		seen, late := 0, 0
		w.answer = func(_ http.ResponseWriter, r *http.Request) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			if seen++; seen == n {
				cancel(gate.Interrupt(gate.ExitInterrupt))
				time.Sleep(5 * time.Millisecond) // what is on its way arrives
			} else if seen > n && (r.Method == http.MethodPut || r.Method == http.MethodPost) {
				late++
			}
			return false
		}
		o := w.options()
		o.Format, o.Attest = "both", []string{"vsa"}
		result, err := stage(o).Sign(ctx, passed(image))
		cancel(nil)
		if seen < n {
			if err != nil || n < 10 {
				t.Fatalf("after %d requests: %v", seen, err)
			}
			return // every request had its turn
		}
		// The last answer may be complete before the cancellation is seen.
		if err == nil {
			if v := result.Images[0].Signature; v == nil || !v.Verified {
				t.Fatalf("cancelled at request %d: %+v", n, result)
			}
			continue
		}
		if !errors.Is(err, context.Canceled) && ctx.Err() == nil || len(result.Images) > 0 {
			t.Errorf("cancelled at request %d: %+v, %v", n, result, err)
		}
		if late > 1 { // one may have been on its way
			t.Errorf("cancelled at request %d: %d writes came later", n, late)
		}
	}
}

// A registry that takes a request and never answers holds nobody up.
func TestR54SilentRegistry(t *testing.T) {
	w := newWorld(t)
	image := w.push("shop")
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	w.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := stage(w.options()).Sign(ctx, passed(image)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := Verify(ctx, w.verify(image.Reference)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}
