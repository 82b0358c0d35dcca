package api_test

import (
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

func TestR49OneCheckRunForACommit(t *testing.T) {
	s, c, _ := world(t)
	outcome(t, api.Created)(c.PostCheckRun(t.Context(), checkRun(run(10, 1), false, 120)))
	for attempt := range 3 {
		outcome(t, api.Updated)(c.PostCheckRun(t.Context(), checkRun(run(10, 2+attempt), false, 120)))
	}
	outcome(t, api.Overtaken)(c.PostCheckRun(t.Context(), checkRun(run(9, 1), false, 120)))
	if len(s.CheckRuns) != 1 || len(s.CheckRuns[0].Annotations) != 120 {
		t.Errorf("%d check runs, the first with %d annotations", len(s.CheckRuns), len(s.CheckRuns[0].Annotations))
	}
}

func TestR42ACheckRunPassesOrFails(t *testing.T) {
	for passed, want := range map[bool]string{true: "success", false: "failure"} {
		s, c, _ := world(t)
		outcome(t, api.Created)(c.PostCheckRun(t.Context(), checkRun(run(10, 1), passed, 0)))
		if got := s.CheckRuns[0].Conclusion; got != want {
			t.Errorf("passed %v: %s", passed, got)
		}
	}
}

// GitHub lets nobody change the conclusion of a check run of a workflow's token.
func TestAnotherVerdictIsANewCheckRun(t *testing.T) {
	s, c, _ := world(t)
	outcome(t, api.Created)(c.PostCheckRun(t.Context(), checkRun(run(10, 1), true, 0)))
	outcome(t, api.Created)(c.PostCheckRun(t.Context(), checkRun(run(10, 2), false, 3)))
	if n := len(s.CheckRuns); n != 2 || s.CheckRuns[1].Conclusion != "failure" {
		t.Errorf("%d check runs, the last %+v", n, s.CheckRuns[n-1])
	}
	outcome(t, api.Updated)(c.PostCheckRun(t.Context(), checkRun(run(10, 3), false, 3)))
}

func TestR30ACheckRunOfAnotherAppIsNotOurs(t *testing.T) {
	s, c, _ := world(t)
	s.CheckRuns = []*githubtest.CheckRun{{
		ID: 1, SHA: head, Name: "portcullis: ci.yml/gate", External: "portcullis/999/1/abc", Slug: "mallory", Conclusion: "success",
	}}
	outcome(t, api.Created)(c.PostCheckRun(t.Context(), checkRun(run(10, 1), false, 1)))
	if n := len(s.CheckRuns); n != 2 || s.CheckRuns[0].Conclusion != "success" {
		t.Errorf("%d check runs", n)
	}
}

func TestR48AnnotationsWithinTheLimits(t *testing.T) {
	s, c, at := world(t)
	begin := at.now
	k := checkRun(run(10, 1), false, 5000)
	k.Summary = strings.Repeat("é", 70_000)
	k.Annotations[0] = api.Annotation{
		Path: "a", StartLine: 3, EndLine: 5, StartColumn: 2, EndColumn: 9, Level: "warning",
		Title: strings.Repeat("é", 300), Message: strings.Repeat("é", 40_000),
	}
	k.Annotations[1] = api.Annotation{Path: "a", StartLine: 5, EndLine: 3, Level: "notice", Title: "title only"}
	k.Annotations[2] = api.Annotation{Message: "of no file", Level: "failure"}
	outcome(t, api.Created)(c.PostCheckRun(t.Context(), k))
	if n := len(s.CheckRuns[0].Annotations); n != api.AnnotationsPerCheckRun {
		t.Errorf("%d annotations", n)
	}
	t.Logf("%d annotations in %d requests and %v", len(s.CheckRuns[0].Annotations), len(s.Operations), at.now.Sub(begin))
	if len(s.Operations) != 11 { // one that looks, ten that write
		t.Errorf("%d requests: %v", len(s.Operations), s.Operations)
	}
}
