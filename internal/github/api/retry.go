package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// query marks a POST that only asks; repeatable and unrepeatable mark requests
// whose method tells the wrong thing about doing them twice.
type (
	query      struct{}
	repeatable struct{}
)

// asQuery marks requests that read although they are written with POST.
func asQuery(ctx context.Context) context.Context {
	return context.WithValue(asRepeatable(ctx, true), query{}, true)
}

// asRepeatable says whether doing a request twice is the same as doing it once.
func asRepeatable(ctx context.Context, yes bool) context.Context {
	return context.WithValue(ctx, repeatable{}, yes)
}

// idempotent reports whether a request may be repeated although it may have
// been carried out.
func idempotent(r *http.Request) bool {
	if yes, marked := r.Context().Value(repeatable{}).(bool); marked {
		return yes
	}
	return r.Method != http.MethodPost
}

// again says whether to repeat a request, and after what time.
func (m *manners) again(r *http.Request, resp *http.Response, err error, attempt int) (time.Duration, bool) {
	switch {
	case attempt == attempts || r.Context().Err() != nil:
		return 0, false
	case err != nil:
		return m.backoff(time.Second, attempt), unsent(err) || idempotent(r)
	case limited(resp):
		return m.limitedFor(resp, attempt), true
	case resp.StatusCode >= http.StatusInternalServerError && resp.StatusCode != http.StatusNotImplemented:
		return max(retryAfter(resp, m.now()), m.backoff(time.Second, attempt)), idempotent(r)
	}
	return 0, false
}

// unsent reports whether an attempt failed before anything was sent.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// backoff grows with the attempts; the jitter keeps jobs that failed together
// from coming back together.
func (m *manners) backoff(unit time.Duration, attempt int) time.Duration {
	full := unit << (attempt - 1)
	return full/2 + time.Duration(m.jitter()*float64(full))
}

// limited reports whether a response says to come back later, rather than that
// something is forbidden. Such a request was not carried out.
func limited(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0" ||
			bytes.Contains(bytes.ToLower(peek(resp)), []byte("secondary rate limit"))
	}
	return false
}

// limitedFor is how long to wait before a limited request is repeated: what the
// response says, else what GitHub asks for where it does not.
func (m *manners) limitedFor(resp *http.Response, attempt int) time.Duration {
	if wait := retryAfter(resp, m.now()); wait > 0 {
		return wait + time.Duration(m.jitter()*float64(time.Second))
	}
	reset, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64)
	if err == nil && resp.Header.Get("X-RateLimit-Remaining") == "0" {
		return max(time.Unix(reset, 0).Sub(m.now()), 0) + time.Second
	}
	return time.Minute + m.backoff(time.Second, attempt)
}

// retryAfter reads the header of that name, in seconds or as a date.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, 24*60*60)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// peek returns the body of a response and leaves it there.
func peek(resp *http.Response) []byte {
	data, _ := io.ReadAll(resp.Body) // in memory
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return data
}

// cause says in a word why an attempt failed.
func cause(resp *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	return resp.Status
}
