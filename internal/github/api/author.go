package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v90/github"
)

// actionsBot is who the token of a workflow run posts as.
const actionsBot = "github-actions[bot]"

// An author is who the token belongs to. Login names cannot be forged: no user
// has one with a bracket, and an id is one account's for ever.
type author struct {
	id    int64 // 0: not known
	login string
}

// wrote reports whether u is the author. Anybody can write our markers; only
// what the author wrote is ours.
func (a author) wrote(u *github.User) bool {
	if u == nil || a.login == "" {
		return false
	}
	if a.id != 0 && u.GetID() != 0 {
		return a.id == u.GetID()
	}
	return a.login == u.GetLogin()
}

// app reports whether a is the bot of an app.
func (a author) app(app *github.App) bool {
	return app.GetSlug() != "" && app.GetSlug()+"[bot]" == a.login
}

// me finds out who the token belongs to. The tokens of apps may not ask the REST
// API; GraphQL tells all of them. Without an answer it is the token of a workflow
// run, which is what the action is given by default.
func (c *Client) me(ctx context.Context) author {
	if c.author.login != "" {
		return c.author
	}
	a, err := c.viewer(ctx)
	if err != nil {
		c.log.Debug("the owner of the token is not known", "cause", err, "taken for", actionsBot)
		a = author{login: actionsBot}
	}
	c.author = a
	return a
}

// viewer asks GraphQL whose token this is.
func (c *Client) viewer(ctx context.Context) (author, error) {
	query := []byte(`{"query":"query { viewer { login databaseId } }"}`)
	r, err := http.NewRequestWithContext(asQuery(ctx), http.MethodPost, c.graphQL, bytes.NewReader(query))
	if err != nil {
		return author{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", c.github.UserAgent())
	resp, err := (&http.Client{Transport: c.manners}).Do(r)
	if err != nil {
		return author{}, failed("asking whose token this is", err)
	}
	defer resp.Body.Close()
	var answer struct {
		Data struct {
			Viewer struct {
				Login      string `json:"login"`
				DatabaseID int64  `json:"databaseId"`
			} `json:"viewer"`
		} `json:"data"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
		return author{}, fmt.Errorf("asking whose token this is: %s", resp.Status)
	}
	v := answer.Data.Viewer
	if v.Login == "" || strings.ContainsAny(v.Login, "\r\n ") {
		return author{}, fmt.Errorf("asking whose token this is: no name")
	}
	return author{id: v.DatabaseID, login: v.Login}, nil
}
