// Package api talks to GitHub's REST API: it reads what a run has to know of a
// pull request, and posts what a run has to say. Everything that is posted is
// made elsewhere; nothing in here decides about the gate.
package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v90/github"
)

// DefaultURL is where the API of github.com is.
const DefaultURL = "https://api.github.com"

// Options say where the API is and how it is used. Zero values are replaced by
// what suits a step of Actions.
type Options struct {
	URL        string // of the API, as GITHUB_API_URL has it; a GHES has its own
	Token      string // goes to the host of URL and nowhere else
	Repository string // owner/name
	Version    string // of this program, for the User-Agent

	Transport http.RoundTripper
	Now       func() time.Time
	Sleep     func(context.Context, time.Duration) error
	Jitter    func() float64 // in [0, 1)
	Log       *slog.Logger   // retries

	Budget   time.Duration // for everything, waits included; default 4 minutes
	Timeout  time.Duration // for one attempt, its whole body included; default 30 seconds
	Requests int           // at most, retries included; default 500
	Pause    time.Duration // between two writes; default 1 second

	// DryRun, if set, gets what would be written in place of GitHub. Reads are
	// done.
	DryRun io.Writer
}

// A Client reads and posts for one repository. Requests go out one at a time.
type Client struct {
	github      *github.Client
	manners     *manners
	graphQL     string
	owner, name string
	log         *slog.Logger
	author      author // found out when it is needed
}

// New returns a client. It sends nothing yet.
func New(o Options) (*Client, error) {
	owner, name, ok := strings.Cut(o.Repository, "/")
	if !ok || owner == "" || name == "" || strings.ContainsAny(name, "/?#%") {
		return nil, fmt.Errorf("%q is not the name of a repository", o.Repository)
	}
	o.fill()
	base, err := url.Parse(strings.TrimSuffix(o.URL, "/") + "/")
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.User != nil {
		return nil, errors.New("GITHUB_API_URL is not the address of an API")
	}
	m := newManners(o, base)
	gh, err := github.NewClient(github.WithTransport(m), github.WithURLs(github.Ptr(base.String()), nil),
		github.WithUserAgent("portcullis/"+o.Version), github.WithDisableRateLimitCheck())
	if err != nil {
		return nil, fmt.Errorf("making the client of the GitHub API: %w", err)
	}
	graphQL := strings.TrimSuffix(strings.TrimSuffix(base.String(), "/"), "/v3") + "/graphql"
	return &Client{github: gh, manners: m, graphQL: graphQL, owner: owner, name: name, log: o.Log}, nil
}

func (o *Options) fill() {
	o.URL = cmp.Or(o.URL, DefaultURL)
	o.Version = cmp.Or(o.Version, "devel")
	o.Budget = cmp.Or(o.Budget, 4*time.Minute)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Requests = cmp.Or(o.Requests, 500)
	o.Pause = cmp.Or(o.Pause, time.Second)
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// sleep waits, unless the context ends before.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Sent returns how many requests went out, retries included.
func (c *Client) Sent() int { return c.manners.sent() }
