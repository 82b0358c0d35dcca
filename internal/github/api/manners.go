package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	attempts = 4        // of one request
	maxBody  = 64 << 20 // bytes of a response; a page of 100 files with their patches is far below
)

// ErrBudget says that the time or the number of requests for posting is used up.
var ErrBudget = errors.New("the budget for the GitHub API is used up")

// manners is a transport that behaves as GitHub asks its clients to: one request
// at a time, writes a pause apart, waits as long as it is told to, and gives up
// in time. A request that fails without an answer is repeated only if it does no
// harm to do it twice.
type manners struct {
	next    http.RoundTripper
	base    *url.URL
	token   string
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	jitter  func() float64
	log     *slog.Logger
	timeout time.Duration
	pause   time.Duration
	budget  time.Duration
	dryRun  io.Writer

	mu        sync.Mutex
	deadline  time.Time // of everything, from the first request on
	count     int
	limit     int
	nextWrite time.Time
}

func newManners(o Options, base *url.URL) *manners {
	return &manners{
		next: o.Transport, base: base, token: o.Token, now: o.Now, sleep: o.Sleep, jitter: o.Jitter, log: o.Log,
		timeout: o.Timeout, pause: o.Pause, budget: o.Budget, limit: o.Requests, dryRun: o.DryRun,
	}
}

func (m *manners) sent() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

// RoundTrip sends a request as often as it takes and is allowed. The response
// has its whole body in memory.
func (m *manners) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := payload(r)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dryRun != nil && writes(r) {
		return preview(m.dryRun, r, body)
	}
	for attempt := 1; ; attempt++ {
		if err := m.admit(r); err != nil {
			return nil, err
		}
		resp, err := m.once(r, body)
		wait, again := m.again(r, resp, err, attempt)
		if !again {
			return resp, err
		}
		m.log.Debug("again", "method", r.Method, "path", r.URL.Path, "attempt", attempt, "wait", wait, "cause", cause(resp, err))
		if m.now().Add(wait).After(m.deadline) {
			m.log.Debug("no time to wait", "wait", wait)
			return resp, err
		}
		if err := m.sleep(r.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// admit waits for the turn of a request and counts it.
func (m *manners) admit(r *http.Request) error {
	now := m.now()
	if m.deadline.IsZero() {
		m.deadline = now.Add(m.budget)
	}
	if writes(r) {
		if wait := m.nextWrite.Sub(now); wait > 0 {
			if err := m.sleep(r.Context(), wait); err != nil {
				return err
			}
		}
	}
	if now = m.now(); m.count >= m.limit || !now.Before(m.deadline) {
		return ErrBudget
	}
	m.count++
	if writes(r) {
		m.nextWrite = now.Add(m.pause)
	}
	return nil
}

// once makes one attempt and reads the answer to its end, in limited time.
func (m *manners) once(r *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), m.timeout, errTimeout)
	defer cancel()
	attempt := r.Clone(ctx)
	if body != nil {
		attempt.Body = io.NopCloser(bytes.NewReader(body))
	}
	if m.token != "" && r.URL.Scheme == m.base.Scheme && r.URL.Host == m.base.Host {
		attempt.Header.Set("Authorization", "Bearer "+m.token)
	}
	resp, err := m.next.RoundTrip(attempt)
	if err != nil {
		return nil, timedOut(ctx, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, timedOut(ctx, fmt.Errorf("reading the answer: %w", err))
	case len(data) > maxBody:
		return nil, fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return resp, nil
}

var errTimeout = errors.New("GitHub did not answer in time")

// timedOut says that an attempt took too long, where that is why it failed.
func timedOut(ctx context.Context, err error) error {
	if context.Cause(ctx) == errTimeout { //nolint:errorlint // the cause itself
		return errTimeout
	}
	return err
}

// payload reads the body of a request, which is sent once for each attempt.
func payload(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

// writes reports whether a request changes something.
func writes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Context().Value(query{}) == nil
}
