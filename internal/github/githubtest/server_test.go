package githubtest

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestTellsWhatGitHubDoesNotDescribe sends requests of which each is wrong in
// one way, and wants to hear of it.
func TestTellsWhatGitHubDoesNotDescribe(t *testing.T) {
	good := Start(t, time.Now)
	for _, tt := range []struct {
		request, body string
		without       string // this header
		want          string
	}{
		{request: "GET /repos/acme/shop/issues/7/comments?per_page=100", want: ""},
		{request: "GET /repos/acme/shop/issues/7/comments?perpage=100", want: `unknown query parameter "perpage"`},
		{request: "GET /repos/acme/shop/issues/x/comments", want: "issue_number"},
		{request: "GET /repos/acme/other/issues/7/comments", want: "repository acme/other"},
		{request: "GET /repos/acme/shop/issues/7/comments", without: "User-Agent", want: "header User-Agent"},
		{request: "GET /repos/acme/shop/issues/7/comments", without: "X-Github-Api-Version", want: "header X-Github-Api-Version"},
		{request: "GET /repos/acme/shop/issues/7/comments", without: "Authorization", want: "header Authorization"},
		{request: "GET /repos/acme/shop/nothing", want: "no matching operation"},
		{request: "POST /repos/acme/shop/issues/7/comments", body: `{"text": "x"}`, want: `"body" is missing`},
		{request: "POST /repos/acme/shop/issues/7/comments", body: `{"body": "x", "text": "x"}`, want: `unknown property "text"`},
		{request: "POST /repos/acme/shop/check-runs", body: `{"name": "x", "head_sha": "y", "status": "done"}`, want: "not one of the allowed values"},
		{request: "POST /repos/acme/shop/check-runs", body: `{"name": "x", "head_sha": "y", "status": "completed"}`, want: "created without its conclusion"},
		{request: "POST /repos/acme/shop/check-runs", body: `{"name": "x", "head_sha": "y", "status": "completed", "conclusion": "neutral"}`, want: "conclusion neutral"},
	} {
		s := New(good.description, time.Now)
		method, target, _ := strings.Cut(tt.request, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, "https://api.github.com"+target, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Accept": "application/vnd.github.v3+json", "User-Agent": "portcullis/x", "X-Github-Api-Version": "2022-11-28",
			"Authorization": "Bearer x", "Content-Type": "application/json",
		} {
			if name != tt.without {
				r.Header.Set(name, value)
			}
		}
		resp, err := s.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if got := strings.Join(s.Violations, "\n"); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: %q, want %q", tt.request, tt.body, got, tt.want)
		}
	}
}
