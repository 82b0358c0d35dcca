package api_test

import (
	"fmt"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

func TestR49OneCommentHoweverManyRuns(t *testing.T) {
	s, c, _ := world(t)
	outcome(t, api.Created)(c.PostComment(t.Context(), comment(run(10, 1), "first")))
	for id := range int64(5) {
		outcome(t, api.Updated)(c.PostComment(t.Context(), comment(run(11+id, 1), fmt.Sprint("run ", id))))
	}
	outcome(t, api.Updated)(c.PostComment(t.Context(), comment(run(15, 2), "again")))
	for _, old := range []api.Run{run(15, 1), run(10, 3)} {
		outcome(t, api.Overtaken)(c.PostComment(t.Context(), comment(old, "slow")))
	}
	only(t, bodies(s, ""), "again")
}

func TestR49AnOlderRunForANewerCommitPosts(t *testing.T) {
	s, c, _ := world(t)
	outcome(t, api.Created)(c.PostComment(t.Context(), comment(run(10, 1), "first")))
	s.Pulls[7].Head = moved
	outcome(t, api.Updated)(c.PostComment(t.Context(), comment(api.Run{ID: 9, Attempt: 1, SHA: moved}, "newer commit")))
	only(t, bodies(s, ""), "newer commit")
}

func TestR44NoVerdictForAHeadThatMoved(t *testing.T) {
	s, c, _ := world(t)
	s.Pulls[7].Head = moved
	outcome(t, api.Moved)(c.PostComment(t.Context(), comment(run(10, 1), "old")))
	outcome(t, api.Moved)(c.PostReview(t.Context(), review(run(10, 1), suggestion("a", 2, 2))))
	if w := s.Writes(); len(w) != 0 {
		t.Errorf("written: %v", w)
	}
}

func TestR30ACommentOfSomebodyElseIsNotOurs(t *testing.T) {
	s, c, _ := world(t)
	forged := marker + "\n<!-- portcullis run 999/1 " + head + " -->\nGate open"
	for i, login := range []string{"mallory", "github-actions", "github-actions-bot", "other-app[bot]"} {
		s.Comments = append(s.Comments, &githubtest.Comment{ID: int64(i), Pull: 7, Body: forged, Login: login, UserID: int64(100 + i)})
	}
	// the same name as an account that is gone had: another id
	s.Comments = append(s.Comments, &githubtest.Comment{ID: 50, Pull: 7, Body: forged, Login: s.Login, UserID: 5})
	outcome(t, api.Created)(c.PostComment(t.Context(), comment(run(10, 1), "ours")))
	only(t, bodies(s, ""), "ours")
	for _, other := range s.Comments[:5] {
		if other.Body != forged {
			t.Errorf("the comment of %s is %q", other.Login, other.Body)
		}
	}
}

func TestR30TheOwnerOfTheTokenIsAsked(t *testing.T) {
	s, c, _ := world(t)
	s.Login, s.ID = "acme-gate[bot]", 77
	s.Comments = []*githubtest.Comment{
		{ID: 1, Pull: 7, Body: marker + "\n\nof a workflow", Login: "github-actions[bot]", UserID: 41898282},
		{ID: 2, Pull: 7, Body: marker + "\n\nof the app"},
	}
	outcome(t, api.Updated)(c.PostComment(t.Context(), comment(run(10, 1), "new")))
	only(t, bodies(s, ""), "new")
	only(t, bodies(s, "github-actions[bot]"), "of a workflow")
}

func TestCopiesOfTheCommentAreRemoved(t *testing.T) {
	s, c, _ := world(t)
	for i := range int64(250) {
		s.Comments = append(s.Comments, &githubtest.Comment{ID: i, Pull: 7, Body: "hello", Login: "somebody", UserID: 5})
	}
	for i := range int64(3) {
		s.Comments = append(s.Comments, &githubtest.Comment{ID: 300 + i, Pull: 7, Body: marker + "\r\n\r\ncopy"})
	}
	outcome(t, api.Updated)(c.PostComment(t.Context(), comment(run(10, 1), "the one")))
	only(t, bodies(s, ""), "the one")
	if s.Comments[250].ID != 300 {
		t.Errorf("the oldest one is not the one that is left")
	}
}

func TestTwoWorkflowsHaveACommentEach(t *testing.T) {
	s, c, _ := world(t)
	other := comment(run(10, 1), "other")
	other.Marker = "<!-- portcullis comment ffff -->"
	other.Body = other.Marker + "\n\nother"
	outcome(t, api.Created)(c.PostComment(t.Context(), comment(run(10, 1), "one")))
	outcome(t, api.Created)(c.PostComment(t.Context(), other))
	if len(s.Comments) != 2 {
		t.Errorf("%d comments", len(s.Comments))
	}
}
