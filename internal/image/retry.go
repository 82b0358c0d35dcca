package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// retry calls do until it succeeds, fails for good, or has used its attempts.
func (f *Fetcher) retry(ctx context.Context, do func(context.Context) error) error {
	wait := f.Backoff
	for attempt := 1; ; attempt++ {
		err := do(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil || !temporary(err) || f.Attempts == 1 {
			return err
		}
		if attempt >= f.Attempts {
			return fmt.Errorf("gave up after %d attempts: %w", attempt, err)
		}
		f.Log.DebugContext(ctx, "trying again", "attempt", attempt, "err", err)
		pause := wait
		var busy *busyError
		if errors.As(err, &busy) {
			pause = max(pause, busy.wait)
		}
		select {
		case <-time.After(pause + rand.N(wait/2+1)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		wait *= 2
	}
}

// maxWait is how long a registry may ask to wait. Who asks for more is given up.
const maxWait = time.Minute

// A busyError is the answer of a registry that asks to come back later.
type busyError struct {
	status string
	wait   time.Duration
}

// Error says what was answered.
func (e *busyError) Error() string {
	return fmt.Sprintf("the registry answers %s, and to come back in %s", e.status, e.wait)
}

// askedToWait returns an error for an answer that says when to come back, else
// nil. It may name seconds or a time.
func askedToWait(answer *http.Response) *busyError {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return nil
	}
	after := answer.Header.Get("Retry-After")
	busy := &busyError{status: answer.Status}
	if seconds, err := strconv.ParseInt(after, 10, 32); err == nil {
		busy.wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		busy.wait = time.Until(at).Round(time.Second)
	}
	if busy.wait <= 0 {
		return nil
	}
	return busy
}

var temporaryStatus = []int{
	http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// temporary reports whether the same request may succeed later. A digest that
// does not match will not: somebody serves other bytes.
func temporary(err error) bool {
	if errors.Is(err, ErrDigest) || errors.Is(err, ErrLimit) || errors.Is(err, errRefused) {
		return false
	}
	var credentials *credentialError
	if errors.As(err, &credentials) {
		return false
	}
	var busy *busyError
	if errors.As(err, &busy) {
		return busy.wait <= maxWait
	}
	var answer *transport.Error
	if errors.As(err, &answer) {
		return slices.Contains(temporaryStatus, answer.StatusCode)
	}
	for _, target := range []error{
		errStalled, io.ErrUnexpectedEOF, io.EOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNREFUSED, net.ErrClosed,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}
