package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

// always lets every request go wrong.
func always(f githubtest.Fault) func(int, string) githubtest.Fault {
	return func(int, string) githubtest.Fault { return f }
}

// once lets the first request go wrong.
func once(f githubtest.Fault) func(int, string) githubtest.Fault {
	return func(n int, _ string) githubtest.Fault {
		if n == 0 {
			return f
		}
		return githubtest.Fault{}
	}
}

func TestR47WaitsAsLongAsItIsTold(t *testing.T) {
	start := time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		fault  githubtest.Fault
		least  time.Duration
		atMost time.Duration
	}{
		{name: "seconds", fault: githubtest.Fault{Status: 429, Header: http.Header{"Retry-After": {"17"}}}, least: 17 * time.Second, atMost: 18 * time.Second},
		{
			name: "date", least: 40 * time.Second, atMost: 41 * time.Second,
			fault: githubtest.Fault{Status: 503, Header: http.Header{"Retry-After": {start.Add(40 * time.Second).Format(http.TimeFormat)}}},
		},
		{
			name: "reset", least: 90 * time.Second, atMost: 92 * time.Second,
			fault: githubtest.Fault{Status: 403, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1795435290"}}},
		},
		{name: "secondary", fault: githubtest.Fault{Status: 429}, least: time.Minute, atMost: 62 * time.Second},
		{name: "server", fault: githubtest.Fault{Status: 500}, least: 500 * time.Millisecond, atMost: 2 * time.Second},
		{name: "reset long ago", fault: githubtest.Fault{Status: 429, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1"}}}, least: time.Second, atMost: time.Second},
	} {
		s, c, at := world(t)
		s.Fault = once(tt.fault)
		if _, err := c.PullRequest(t.Context(), 7); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if waited := at.now.Sub(start); waited < tt.least || waited > tt.atMost {
			t.Errorf("%s: waited %v", tt.name, waited)
		}
	}
}

// silence is a transport that never answers.
type silence struct{}

// RoundTrip waits for the end of the request.
func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestR47AHangEnds(t *testing.T) {
	_, c, _ := world(t, func(o *api.Options) { o.Transport, o.Timeout = silence{}, time.Millisecond })
	if _, err := c.PullRequest(t.Context(), 7); err == nil || c.Sent() != 4 || !strings.Contains(err.Error(), "GitHub did not answer in time") {
		t.Errorf("%v after %d requests", err, c.Sent())
	}
}

func TestR47GivesUpInTime(t *testing.T) {
	for name, fault := range map[string]githubtest.Fault{
		"always 502":        {Status: 502},
		"always hangs":      {Hang: true},
		"come back in 1 h":  {Status: 429, Header: http.Header{"Retry-After": {"3600"}}},
		"reset in 50 years": {Status: 403, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"3373000000"}}},
		"always secondary":  {Status: 429},
	} {
		s, c, at := world(t)
		s.Fault = always(fault)
		begin := at.now
		for n, post := range posters {
			if err := post(t, c, run(10, 1)); err == nil {
				t.Errorf("%s: %s was posted", name, n)
			}
		}
		if took := at.now.Sub(begin); took > 4*time.Minute {
			t.Errorf("%s: took %v", name, took)
		}
		if n := len(s.Operations); n > 4*5*len(posters) {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

func TestR47WhatIsRefusedIsNotRepeated(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 410, 422, 451} {
		s, c, at := world(t)
		s.Fault = always(githubtest.Fault{Status: status})
		begin := at.now
		if _, err := c.PullRequest(t.Context(), 7); err == nil || len(s.Operations) != 1 || at.now != begin {
			t.Errorf("%d: %v, %d requests, %v", status, err, len(s.Operations), at.now.Sub(begin))
		}
	}
}

func TestR47TheNumberOfRequestsIsLimited(t *testing.T) {
	s, c, _ := world(t, func(o *api.Options) { o.Requests = 5 })
	_, err := c.PostCheckRun(t.Context(), checkRun(run(10, 1), false, 5000))
	if !errors.Is(err, api.ErrBudget) || len(s.Operations) != 5 || c.Sent() != 5 {
		t.Errorf("%v after %d requests", err, len(s.Operations))
	}
}

func TestStopsWhenTheRunIsCancelled(t *testing.T) {
	s, c, _ := world(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.Fault = func(n int, _ string) githubtest.Fault {
		if n == 2 {
			cancel()
			return githubtest.Fault{Drop: true, Late: true}
		}
		return githubtest.Fault{}
	}
	if _, err := c.PostComment(ctx, comment(run(10, 1), "x")); err == nil || len(s.Operations) != 3 {
		t.Errorf("%v, %v", err, s.Operations)
	}
}

func TestDryRunShowsAndWritesNothing(t *testing.T) {
	for name, post := range posters {
		for _, broken := range []bool{false, true} {
			var shown strings.Builder
			s, c, _ := world(t, func(o *api.Options) { o.DryRun = &shown })
			if broken {
				s.Fault = always(githubtest.Fault{Status: 401})
			}
			if err := post(t, c, run(10, 1)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if w := s.Writes(); len(w) != 0 || !strings.HasPrefix(shown.String(), "POST /repos/acme/shop/") || strings.Contains(shown.String(), "s3cret") {
				t.Errorf("%s: written %v, shown %q", name, w, shown.String())
			}
		}
	}
}

func TestReadsOfGHES(t *testing.T) {
	s, c, _ := world(t, func(o *api.Options) { o.URL = "https://ghes.example/api/v3" })
	s.Comments = []*githubtest.Comment{{ID: 1, Pull: 7, Body: marker}}
	outcome(t, api.Updated)(c.PostComment(t.Context(), comment(run(10, 1), "x"))) // GraphQL is at /api/graphql
	if len(bodies(s, "")) != 1 {
		t.Errorf("%v", s.Operations)
	}
}

func TestReads(t *testing.T) {
	s, c, _ := world(t)
	s.Runs[5] = map[string]any{"id": 5, "run_attempt": 2, "event": "pull_request", "head_sha": head, "head_branch": "feature", "pull_requests": []any{}}
	p, err := c.PullRequest(t.Context(), 7)
	if want := (api.PullRequest{
		Number: 7, Open: true, HeadSHA: head, HeadRef: "feature", HeadRepository: "fork/shop", BaseSHA: base, BaseRef: "main",
	}); p != want || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
	for _, list := range []func() ([]api.PullRequest, error){
		func() ([]api.PullRequest, error) { return c.PullsOfCommit(t.Context(), head) },
		func() ([]api.PullRequest, error) { return c.OpenPullsByHead(t.Context(), "fork", "feature") },
	} {
		if all, err := list(); len(all) != 1 || all[0].Number != 7 || err != nil {
			t.Errorf("%v, %v", all, err)
		}
	}
	if all, err := c.OpenPullsByHead(t.Context(), "acme", "feature"); len(all) != 0 || err != nil {
		t.Errorf("%v, %v", all, err)
	}
	if sha, err := c.CompareMergeBase(t.Context(), base, head); sha != base || err != nil {
		t.Errorf("%v, %v", sha, err)
	}
	if r, err := c.WorkflowRun(t.Context(), 5); r.ID != 5 || r.Attempt != 2 || r.Event != "pull_request" || r.HeadSHA != head || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := c.WorkflowRun(t.Context(), 6); err == nil {
		t.Error("a run that is not there")
	}
}
