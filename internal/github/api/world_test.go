package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

const (
	head  = "1111111111111111111111111111111111111111"
	moved = "2222222222222222222222222222222222222222"
	base  = "3333333333333333333333333333333333333333"
)

// A clock goes on only while somebody sleeps.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return ctx.Err()
}

// world is a GitHub with pull request 7, and a client of it.
func world(t *testing.T, change ...func(*api.Options)) (*githubtest.Server, *api.Client, *clock) {
	t.Helper()
	at := &clock{now: time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)}
	s := githubtest.Start(t, at.Now)
	s.Pulls[7] = &githubtest.Pull{
		Number: 7, Head: head, HeadRef: "feature", HeadRepository: "fork/shop", Base: base, BaseRef: "main", MergeBase: base,
		Files: []githubtest.File{
			{Name: "Dockerfile", Patch: "@@ -1,3 +1,4 @@\n FROM alpine\n-RUN a\n+RUN b\n+RUN c\n USER 1\n@@ -20,2 +21,2 @@ USER 1\n-x\n+y\n z"},
			{Name: "logo.png"},
		},
	}
	return s, connect(t, s, at, change...), at
}

func connect(t *testing.T, s *githubtest.Server, at *clock, change ...func(*api.Options)) *api.Client {
	t.Helper()
	o := api.Options{
		Repository: githubtest.Repository, Token: "s3cret", Version: "test", Transport: s,
		Now: at.Now, Sleep: at.Sleep, Jitter: func() float64 { return 0.5 },
	}
	for _, f := range change {
		f(&o)
	}
	c, err := api.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const marker = "<!-- portcullis comment 0123456789 -->"

func run(id int64, attempt int) api.Run { return api.Run{ID: id, Attempt: attempt, SHA: head} }

func comment(r api.Run, text string) api.Comment {
	return api.Comment{PullRequest: 7, Marker: marker, Body: marker + "\n\n" + text, Run: r}
}

func checkRun(r api.Run, passed bool, annotations int) api.CheckRun {
	k := api.CheckRun{Name: "portcullis: ci.yml/gate", Passed: passed, Title: "gate", Summary: "### gate", Run: r}
	for i := range annotations {
		k.Annotations = append(k.Annotations, api.Annotation{
			Path: "Dockerfile", StartLine: i + 1, EndLine: i + 1, StartColumn: 1, EndColumn: 4, Level: "failure", Message: fmt.Sprint("finding ", i),
		})
	}
	return k
}

const owner = "<!-- portcullis comment 99 -->"

func suggestion(id string, first, last int) api.Suggestion {
	m := "<!-- portcullis suggestion " + id + " -->"
	return api.Suggestion{Path: "Dockerfile", StartLine: first, EndLine: last, Marker: m, Body: m + "\n```suggestion\nRUN x\n```\n"}
}

func review(r api.Run, suggestions ...api.Suggestion) api.Review {
	rev := api.Review{PullRequest: 7, Run: r, Body: "Suggestions.", Owner: owner, Suggestions: suggestions}
	for _, s := range suggestions {
		rev.Wanted = append(rev.Wanted, s.Marker)
	}
	return rev
}

// outcome fails the test unless a poster did what it should.
func outcome(t *testing.T, want api.Outcome) func(api.Outcome, error) {
	return func(got api.Outcome, err error) {
		t.Helper()
		if got != want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}

// bodies are the comments of somebody.
func bodies(s *githubtest.Server, login string) (all []string) {
	for _, c := range s.Comments {
		if c.Login == login {
			all = append(all, c.Body)
		}
	}
	return all
}

func only(t *testing.T, all []string, want string) {
	t.Helper()
	if len(all) != 1 || !strings.Contains(all[0], want) {
		t.Errorf("%q, want one with %q", all, want)
	}
}
