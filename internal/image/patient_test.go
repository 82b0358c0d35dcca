package image_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// Signing and verifying wait when a registry says so, send a body again if they
// have it still, and go nowhere that a registry must not lead.
func TestR27R51TransportForSignatures(t *testing.T) {
	for _, test := range []struct {
		name, body string
		again      bool // the body can be had twice
		after      string
		location   string
		requests   int32
		want       string // of the error
	}{
		{name: "busy", after: "1", requests: 2},
		{name: "busy with a body", body: "claims", again: true, after: "1", requests: 2},
		{name: "busy with a stream", body: "claims", after: "1", requests: 1, want: "come back in 1s"},
		{name: "busy for an hour", after: "3600", requests: 1, want: "come back in 1h0m0s"},
		{name: "metadata service", location: "http://169.254.169.254/latest", requests: 1, want: "request refused"},
		{name: "private network", location: "http://10.0.0.1/v2/", requests: 1, want: "request refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got, err := io.ReadAll(r.Body)
				if err != nil || string(got) != test.body {
					t.Errorf("the body is %q, %v", got, err)
				}
				if requests.Add(1) > 1 {
					return
				}
				if test.location != "" {
					http.Redirect(w, r, test.location, http.StatusTemporaryRedirect)
					return
				}
				w.Header().Set("Retry-After", test.after)
				w.WriteHeader(http.StatusTooManyRequests)
			}))
			defer server.Close()
			registry, err := name.NewRegistry(strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			var body io.Reader = strings.NewReader(test.body)
			if !test.again {
				body = io.MultiReader(body)
			}
			if test.body == "" {
				body = http.NoBody
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL, body)
			if err != nil {
				t.Fatal(err)
			}
			client := http.Client{Transport: image.NewTransport(registry, nil)}
			answer, err := client.Do(req)
			if err == nil {
				answer.Body.Close()
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if n := requests.Load(); n != test.requests {
				t.Errorf("%d requests", n)
			}
		})
	}
}
