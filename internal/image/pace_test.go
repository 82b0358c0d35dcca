package image

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// Every stretch of time counts by itself, from the answer on.
func TestPace(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer time.Duration // until there is one
		pause  time.Duration // between pieces of 100 bytes
		pieces int
		want   string // of the cause; "": it is read to its end
	}{
		{"fast", 0, time.Second, 60, ""},
		{"at the limit", 0, 9 * time.Second, 60, ""},
		{"a long time to think", 29 * time.Second, 9 * time.Second, 60, ""},
		{"no answer", 31 * time.Second, 0, 1, "the registry is too slow: 0 bytes in 30s"},
		{"a drip", 0, 20 * time.Second, 60, "the registry is too slow: 200 bytes in 30s"},
		{"silence", 0, 20 * time.Minute, 2, "the registry is too slow: 100 bytes in 30s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				w := pace{every: 30 * time.Second, least: 300}.watch(cancel)
				time.Sleep(test.answer)
				r, pipe := io.Pipe()
				context.AfterFunc(ctx, func() { pipe.CloseWithError(context.Canceled) })
				go func() {
					for range test.pieces {
						_, _ = pipe.Write(make([]byte, 100))
						time.Sleep(test.pause)
					}
					pipe.Close()
				}()
				n, err := io.Copy(io.Discard, w.read(r))
				if test.want == "" && (err != nil || n != int64(test.pieces*100)) {
					t.Errorf("%d bytes, %v", n, err)
				}
				if test.want != "" && (err == nil || err.Error() != test.want || !errors.Is(err, errStalled) || !temporary(err)) {
					t.Errorf("got %v", err)
				}
				if err := w.Close(); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Hour) // nothing looks any more
			})
		})
	}
}

// A drip cannot hold who verifies a signature either.
func TestR41PatientHangsUpOnADrip(t *testing.T) {
	drip := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte("x"))
			_ = http.NewResponseController(w).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	}))
	defer drip.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, drip.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	p := patient{inner: http.DefaultTransport, pace: pace{every: 100 * time.Millisecond, least: 64 << 10}}
	answer, err := p.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); !errors.Is(err, errStalled) {
		t.Errorf("got %v", err)
	}
}
