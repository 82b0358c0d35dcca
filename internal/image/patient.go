package image

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// NewTransport returns what makes the requests to a registry for who needs more of
// it than images: under the same rules as those of a [Fetcher]. It waits when the
// registry asks for that, and hangs up on one that sends next to nothing.
func NewTransport(registry name.Registry, proxy func(*http.Request) (*url.URL, error)) http.RoundTripper {
	f := (&Fetcher{}).withDefaults()
	return patient{inner: newTransport(registry, proxy), pace: f.pace()}
}

// patient makes a request again when a registry says when to come back, as often
// as a Fetcher would.
type patient struct {
	inner http.RoundTripper
	pace  pace
}

// RoundTrip makes the request. A body that cannot be had twice is sent once.
func (p patient) RoundTrip(req *http.Request) (*http.Response, error) {
	for range 3 {
		answer, err := p.once(req)
		var busy *busyError
		if !errors.As(err, &busy) || busy.wait > maxWait || !bodiless(req) && req.GetBody == nil {
			return answer, err
		}
		select {
		case <-time.After(busy.wait):
		case <-req.Context().Done():
			return nil, context.Cause(req.Context())
		}
		if req = req.Clone(req.Context()); !bodiless(req) {
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
	return p.once(req)
}

// once makes the request, and watches its answer. How long it may take to send a
// body is not known here.
func (p patient) once(req *http.Request) (*http.Response, error) {
	if !bodiless(req) {
		return p.inner.RoundTrip(req)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	watched := p.pace.watch(cancel)
	answer, err := p.inner.RoundTrip(req.Clone(ctx))
	if err != nil {
		return nil, errors.Join(stalled(ctx, err), watched.Close())
	}
	answer.Body = watched.read(answer.Body)
	return answer, nil
}

func bodiless(req *http.Request) bool { return req.Body == nil || req.Body == http.NoBody }
