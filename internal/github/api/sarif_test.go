package api_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/github/api"
	"github.com/portcullis-ci/portcullis/internal/github/githubtest"
)

func sarif(data []byte) api.SARIF {
	return api.SARIF{CommitSHA: head, Ref: "refs/pull/7/head", Data: data}
}

func TestUploadSARIF(t *testing.T) {
	s, c, at := world(t)
	begin := at.now
	outcome(t, api.Created)(c.UploadSARIF(t.Context(), sarif([]byte(`{"runs": []}`))))
	if u := s.Uploads[0]; string(u.Data) != `{"runs": []}` || u.Commit != head || u.Ref != "refs/pull/7/head" {
		t.Errorf("%+v", u)
	}
	if took := at.now.Sub(begin); took > 10e9 {
		t.Errorf("took %v", took)
	}
}

func TestUploadSARIFSaysWhyNot(t *testing.T) {
	for _, tt := range []struct {
		answer    githubtest.Fault
		scanning  bool // there is none
		forbidden bool
	}{
		{answer: githubtest.Fault{Status: 403, Body: "Advanced Security must be enabled for this repository to use code scanning."}, scanning: true, forbidden: true},
		{answer: githubtest.Fault{Status: 403, Body: "Code Security must be enabled for this repository to use code scanning."}, scanning: true, forbidden: true},
		{answer: githubtest.Fault{Status: 404, Body: "Not Found"}, scanning: true},
		{answer: githubtest.Fault{Status: 403, Body: "Resource not accessible by integration"}, forbidden: true},
		{answer: githubtest.Fault{Status: 413, Body: "Payload Too Large"}},
	} {
		s, c, _ := world(t)
		s.Scanning = tt.answer
		_, err := c.UploadSARIF(t.Context(), sarif([]byte(`{}`)))
		if err == nil || errors.Is(err, api.ErrNoScanning) != tt.scanning || api.Forbidden(err) != tt.forbidden || !strings.Contains(err.Error(), tt.answer.Body) {
			t.Errorf("%v: %v", tt.answer, err)
		}
		if len(s.Operations) != 1 {
			t.Errorf("%v", s.Operations)
		}
	}
}

func TestUploadSARIFThatGitHubCannotProcess(t *testing.T) {
	s, c, _ := world(t)
	s.Fault = func(n int, _ string) githubtest.Fault {
		if n == 1 {
			s.Uploads[0].Failed = []string{"rejecting SARIF", "too many runs"}
		}
		return githubtest.Fault{}
	}
	if _, err := c.UploadSARIF(t.Context(), sarif([]byte(`{}`))); err == nil || !strings.Contains(err.Error(), "rejecting SARIF; too many runs") {
		t.Errorf("%v", err)
	}
}

func TestR48SARIFThatIsTooLargeIsNotSent(t *testing.T) {
	s, c, _ := world(t)
	noise := make([]byte, 10<<20+600<<10)
	_, _ = rand.Read(noise)
	data := []byte(`"` + base64.StdEncoding.EncodeToString(noise) + `"`)
	if _, err := c.UploadSARIF(t.Context(), sarif(data)); err == nil || len(s.Operations) != 0 {
		t.Errorf("%v, %v", err, s.Operations)
	}
	outcome(t, api.Created)(c.UploadSARIF(t.Context(), sarif(append(bytes.Repeat([]byte(" "), 11<<20), "{}"...))))
}
