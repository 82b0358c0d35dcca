package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

// faults are all ways in which one request can go wrong.
var faults = map[string]githubtest.Fault{
	"400": {Status: 400}, "401": {Status: 401}, "403": {Status: 403}, "404": {Status: 404}, "422": {Status: 422},
	"403 come back": {Status: 403, Header: http.Header{"Retry-After": {"7"}}},
	"403 limit":     {Status: 403, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1795435230"}}},
	"403 secondary": {Status: 403, Body: `{"message": "You have exceeded a secondary rate limit."}`},
	"429":           {Status: 429}, "500": {Status: 500}, "502": {Status: 502}, "503": {Status: 503}, "504": {Status: 504},
	"503 come back": {Status: 503, Header: http.Header{"Retry-After": {"7"}}},
	"500 late":      {Status: 500, Late: true}, "502 late": {Status: 502, Late: true}, "504 late": {Status: 504, Late: true},
	"no JSON": {Status: 500, Body: "<html>Unicorn!</html>"},
	"drop":    {Drop: true}, "drop late": {Drop: true, Late: true},
	"hang": {Hang: true}, "hang late": {Hang: true, Late: true},
}

// final are the faults that no repetition mends.
var final = []string{"400", "401", "403", "404", "422"}

// posters post something for a run, each to a pull request with an older
// comment, check run and suggestion of ours where again is set.
var posters = map[string]func(t *testing.T, c *api.Client, r api.Run) error{
	"comment": func(t *testing.T, c *api.Client, r api.Run) error {
		_, err := c.PostComment(t.Context(), comment(r, "text"))
		return err
	},
	"check run": func(t *testing.T, c *api.Client, r api.Run) error {
		_, err := c.PostCheckRun(t.Context(), checkRun(r, false, 120))
		return err
	},
	"sarif": func(t *testing.T, c *api.Client, _ api.Run) error {
		_, err := c.UploadSARIF(t.Context(), sarif([]byte(`{"runs": []}`)))
		return err
	},
	"review": func(t *testing.T, c *api.Client, r api.Run) error {
		_, err := c.PostReview(t.Context(), review(r, suggestion("a", 2, 2), suggestion("b", 3, 3)))
		return err
	},
}

// TestR47EveryFaultAtEveryCall lets each request of each poster go wrong in each
// way, once. A fault that passes is overcome; one that stays is an error that
// says what did not work; and whatever happens, the next run finds or makes one
// of everything.
func TestR47EveryFaultAtEveryCall(t *testing.T) {
	for name, post := range posters {
		for _, again := range []bool{false, true} {
			for n := range calls(t, post, again) {
				for kind, fault := range faults {
					t.Run(fmt.Sprintf("%s/again=%v/call %d/%s", name, again, n, kind), func(t *testing.T) {
						oneFault(t, post, again, n, kind, fault)
					})
				}
			}
		}
	}
}

// calls counts the requests of a poster to which nothing happens.
func calls(t *testing.T, post func(*testing.T, *api.Client, api.Run) error, again bool) int {
	s, c, _ := world(t)
	if again {
		before(s)
	}
	if err := post(t, c, run(10, 1)); err != nil {
		t.Fatal(err)
	}
	return len(s.Operations)
}

// before is what an earlier run left.
func before(s *githubtest.Server) {
	old := suggestion("old", 2, 2)
	s.Comments = []*githubtest.Comment{{ID: 1, Pull: 7, Body: marker + "\n\nold"}, {ID: 2, Pull: 7, Body: marker + "\n\ncopy"}}
	s.ReviewComments = []*githubtest.ReviewComment{{ID: 3, Pull: 7, Body: old.Marker + "\n" + owner + "\n```suggestion\n```"}}
	s.CheckRuns = []*githubtest.CheckRun{{ID: 4, SHA: head, Name: "portcullis: ci.yml/gate", External: "portcullis/9/1/other", Conclusion: "success"}}
}

func oneFault(t *testing.T, post func(*testing.T, *api.Client, api.Run) error, again bool, n int, kind string, fault githubtest.Fault) {
	s, c, at := world(t)
	if again {
		before(s)
	}
	struck := ""
	s.Fault = func(i int, operation string) githubtest.Fault {
		if i != n {
			return githubtest.Fault{}
		}
		struck = operation
		return fault
	}
	begin := at.now
	err := post(t, c, run(10, 1))
	// A sarif that is not there yet, a copy that is gone, and an owner of the
	// token who is not told are no errors.
	if mends := struck == "POST /graphql" || kind == "404" && (strings.HasPrefix(struck, "DELETE ") || strings.Contains(struck, "{sarif_id}")); slices.Contains(final, kind) && !mends {
		if err == nil || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s: error %v", struck, err)
		}
	} else if err != nil {
		t.Errorf("%s: %v", struck, err)
	}
	if took := at.now.Sub(begin); took.Minutes() > 4 {
		t.Errorf("took %v", took)
	}
	s.Fault, at.now = nil, at.now.Add(time.Minute)
	if err := post(t, connect(t, s, at), run(10, 2)); err != nil {
		t.Errorf("the next run: %v", err)
	}
	noDuplicates(t, s)
}

// noDuplicates fails the test if something is there twice.
func noDuplicates(t *testing.T, s *githubtest.Server) {
	t.Helper()
	if n := len(bodies(s, "")); n > 1 && strings.HasSuffix(s.Comments[0].Body, "text") {
		t.Errorf("%d comments", n)
	}
	seen := map[string]int{}
	for _, r := range s.CheckRuns {
		if seen[r.Conclusion]++; seen[r.Conclusion] > 1 || r.Conclusion == "failure" && len(r.Annotations) != 120 {
			t.Errorf("check run %d of %s with %d annotations", seen[r.Conclusion], r.Conclusion, len(r.Annotations))
		}
	}
	for _, r := range s.ReviewComments {
		if seen[r.Body]++; seen[r.Body] > 1 {
			t.Errorf("suggestion %q twice", r.Body)
		}
	}
}
