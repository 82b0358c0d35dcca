package api_test

import (
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

func TestSuggestionsArePostedOnce(t *testing.T) {
	s, c, _ := world(t)
	a, b := suggestion("a", 2, 3), suggestion("b", 21, 21)
	outcome(t, api.Created)(c.PostReview(t.Context(), review(run(10, 1), a)))
	outcome(t, api.Unchanged)(c.PostReview(t.Context(), review(run(11, 1), a)))
	outcome(t, api.Created)(c.PostReview(t.Context(), review(run(12, 1), a, b)))
	outcome(t, api.Unchanged)(c.PostReview(t.Context(), review(run(13, 1), b, a)))
	if len(s.Reviews) != 2 || len(s.ReviewComments) != 2 || s.ReviewComments[0].StartLine != 2 || s.ReviewComments[1].StartLine != 0 {
		t.Errorf("%d reviews, %d comments", len(s.Reviews), len(s.ReviewComments))
	}
}

func TestOutdatedSuggestionsAreSettled(t *testing.T) {
	s, c, _ := world(t)
	a, b := suggestion("a", 2, 2), suggestion("b", 3, 3)
	outcome(t, api.Created)(c.PostReview(t.Context(), review(run(10, 1), a, b)))
	s.ReviewComments = append(s.ReviewComments,
		&githubtest.ReviewComment{ID: 1, Pull: 7, Body: a.Body, Login: "mallory", UserID: 5},
		&githubtest.ReviewComment{ID: 2, Pull: 7, Body: a.Marker + "\n<!-- portcullis comment of another job -->\n```suggestion\n```\n"})
	outcome(t, api.Updated)(c.PostReview(t.Context(), review(run(11, 1), b)))
	outcome(t, api.Unchanged)(c.PostReview(t.Context(), review(run(12, 1), b)))
	for i, offers := range []bool{false, true, true, true} {
		if got := strings.Contains(s.ReviewComments[i].Body, "```suggestion"); got != offers {
			t.Errorf("comment %d offers a change: %v: %q", i, got, s.ReviewComments[i].Body)
		}
	}
	outcome(t, api.Unchanged)(c.PostReview(t.Context(), review(run(13, 1), a, b))) // the other job's has the same change
	s.ReviewComments = s.ReviewComments[:3]
	outcome(t, api.Created)(c.PostReview(t.Context(), review(run(14, 1), a, b)))
}

func TestReviewOfLinesOutsideTheDiffIsRefused(t *testing.T) {
	s, c, _ := world(t)
	for _, bad := range []api.Suggestion{suggestion("a", 10, 10), suggestion("b", 4, 21)} {
		if _, err := c.PostReview(t.Context(), review(run(10, 1), suggestion("good", 2, 2), bad)); err == nil {
			t.Errorf("%d-%d was posted", bad.StartLine, bad.EndLine)
		}
	}
	if len(s.ReviewComments) != 0 {
		t.Errorf("%d comments", len(s.ReviewComments))
	}
}

func TestDiff(t *testing.T) {
	s, c, _ := world(t)
	for range 230 {
		s.Pulls[7].Files = append([]githubtest.File{{Name: "other", Patch: "@@ -0,0 +1 @@\n+x"}}, s.Pulls[7].Files...)
	}
	d, err := c.Diff(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path        string
		first, last int
		want        bool
	}{
		{path: "Dockerfile", first: 1, last: 4, want: true},
		{path: "Dockerfile", first: 21, last: 22, want: true},
		{path: "Dockerfile", first: 4, last: 5},
		{path: "Dockerfile", first: 4, last: 21},
		{path: "Dockerfile", first: 3, last: 2},
		{path: "Dockerfile", first: 0, last: 1},
		{path: "logo.png", first: 1, last: 1},
		{path: "missing", first: 1, last: 1},
		{path: "other", first: 1, last: 1, want: true},
	} {
		if got := d.Holds(tt.path, tt.first, tt.last); got != tt.want {
			t.Errorf("%s %d-%d in the diff: %v", tt.path, tt.first, tt.last, got)
		}
	}
}
