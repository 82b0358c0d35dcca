package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v90/github"
)

// A Failure is an answer of GitHub that is an error. Its text comes from the
// network: no sink prints it unescaped.
type Failure struct {
	Status  int
	Message string
}

// Error returns status and text.
func (f *Failure) Error() string { return fmt.Sprintf("%d %s", f.Status, f.Message) }

// Forbidden reports whether an error says that the token may not do this, as
// the token of a run for a fork may not write.
func Forbidden(err error) bool {
	var f *Failure
	return errors.As(err, &f) && (f.Status == http.StatusForbidden || f.Status == http.StatusUnauthorized)
}

// missing reports whether an error says that there is no such thing, or none
// that the token may see.
func missing(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Status == http.StatusNotFound
}

// failed says what was tried, and why it did not work. The address of a request
// is not in it: it is long, and the same everywhere.
func failed(what string, err error) error {
	var response *github.ErrorResponse
	var limit *github.RateLimitError
	var abuse *github.AbuseRateLimitError
	var address *url.Error
	switch {
	case errors.As(err, &response):
		err = failure(response.Response, response)
	case errors.As(err, &limit):
		err = &Failure{Status: limit.Response.StatusCode, Message: limit.Message}
	case errors.As(err, &abuse):
		err = &Failure{Status: abuse.Response.StatusCode, Message: abuse.Message}
	case errors.As(err, &address):
		err = address.Err
	}
	return fmt.Errorf("%s: %w", what, err)
}

func failure(resp *http.Response, r *github.ErrorResponse) *Failure {
	f := &Failure{Message: r.Message}
	if resp != nil {
		f.Status = resp.StatusCode
	}
	var details []string
	for _, e := range r.Errors {
		if detail := strings.TrimSpace(strings.Join([]string{e.Field, e.Code, e.Message}, " ")); detail != "" {
			details = append(details, detail)
		}
	}
	if f.Message == "" {
		f.Message = http.StatusText(f.Status)
	}
	if len(details) > 0 {
		f.Message += " (" + strings.Join(details, "; ") + ")"
	}
	return f
}
