package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// inProcess answers requests with a handler, without a network.
type inProcess struct{ handler http.Handler }

// RoundTrip serves one request.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), r.Context().Err()
}

func TestNewRefusesWhatIsNoAPI(t *testing.T) {
	for _, o := range []Options{
		{Repository: "acme"}, {Repository: "acme/shop/more"}, {Repository: "acme/shop?x"}, {Repository: "/shop"},
		{Repository: "acme/shop", URL: "ftp://x"}, {Repository: "acme/shop", URL: "https://user@x"}, {Repository: "acme/shop", URL: "::"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

func TestTheTokenGoesToTheAPIOnly(t *testing.T) {
	seen := map[string]string{}
	c, err := New(Options{
		Repository: "acme/shop", Token: "s3cret", URL: "https://ghes.example/api/v3",
		Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen[r.URL.Host+r.URL.Path] = r.Header.Get("Authorization")
			if r.URL.Host != "elsewhere.example" {
				http.Redirect(w, r, "https://elsewhere.example/x", http.StatusTemporaryRedirect)
				return
			}
			_, _ = w.Write([]byte(`{"number": 7}`))
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.PullRequest(t.Context(), 7); err != nil {
		t.Log(err)
	}
	if got := seen["ghes.example/api/v3/repos/acme/shop/pulls/7"]; got != "Bearer s3cret" {
		t.Errorf("the API got %q", got)
	}
	if got := seen["elsewhere.example/x"]; got != "" {
		t.Errorf("another host got %q", got)
	}
}

func TestErrorsSayWhatAndWhy(t *testing.T) {
	c, err := New(Options{
		Repository: "acme/shop", Transport: inProcess{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"message": "Resource not accessible by integration"}`))
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.PullRequest(t.Context(), 7)
	var f *Failure
	if !errors.As(err, &f) || !Forbidden(err) || err.Error() != "reading pull request 7: 403 Resource not accessible by integration" {
		t.Errorf("error %v", err)
	}
}
