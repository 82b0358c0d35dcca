package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/github/api"
)

// TestR47BrokenConnections is about real connections: an answer that ends in its
// middle, none at all, and nobody who listens.
func TestR47BrokenConnections(t *testing.T) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch n++; n {
		case 1:
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"number": 1, `))
		case 2:
			panic(http.ErrAbortHandler)
		default:
			_, _ = w.Write([]byte(`{"number": 7, "state": "open"}`))
		}
	}))
	defer server.Close()
	_, c, _ := world(t, func(o *api.Options) { o.URL, o.Transport = server.URL, nil })
	if p, err := c.PullRequest(t.Context(), 7); err != nil || p.Number != 7 || c.Sent() != 3 {
		t.Errorf("%+v, %v after %d requests", p, err, c.Sent())
	}
	server.Close()
	_, err := c.PostComment(t.Context(), comment(run(1, 1), "x"))
	if err == nil || !strings.HasPrefix(err.Error(), "reading pull request 7: ") || c.Sent() != 7 {
		t.Errorf("%v after %d requests", err, c.Sent())
	}
}
