package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v90/github"
)

const (
	sarifBytes = 10 << 20 // of the compressed file
	sarifPolls = 10       // until it is left to GitHub
	sarifPause = 3 * time.Second
)

// A SARIF is a SARIF file with the commit and the ref that it is about.
type SARIF struct {
	CommitSHA string
	Ref       string // refs/heads/…, refs/tags/… or refs/pull/N/head
	Data      []byte
}

// wire is the file as GitHub takes it.
func (s SARIF) wire() (github.SarifAnalysis, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(s.Data); err != nil {
		return github.SarifAnalysis{}, err
	}
	if err := z.Close(); err != nil {
		return github.SarifAnalysis{}, err
	}
	if b.Len() > sarifBytes {
		return github.SarifAnalysis{}, fmt.Errorf("the SARIF file has %d bytes compressed, GitHub takes %d", b.Len(), sarifBytes)
	}
	return github.SarifAnalysis{
		CommitSHA: s.CommitSHA, Ref: s.Ref, Sarif: base64.StdEncoding.EncodeToString(b.Bytes()), ToolName: github.Ptr("portcullis"),
	}, nil
}

// Unprocessed is the outcome of an upload that GitHub had not worked through
// when there was no more time to wait for it.
const Unprocessed Outcome = "uploaded, and not processed yet"

// UploadSARIF uploads a file to code scanning and waits until GitHub has worked
// through it. Uploaded again, it takes the place of the earlier one.
func (c *Client) UploadSARIF(ctx context.Context, s SARIF) (Outcome, error) {
	body, err := s.wire()
	if err != nil {
		return "", err
	}
	id, _, err := c.github.CodeScanning.UploadSarif(asRepeatable(ctx, true), c.owner, c.name, body)
	if err != nil {
		return "", scanning(failed("uploading the SARIF file", err))
	}
	if id.GetID() == "" {
		return Unprocessed, nil // a dry run
	}
	for range sarifPolls {
		if err := c.manners.sleep(ctx, sarifPause); err != nil {
			return "", err
		}
		status, why, err := c.sarifStatus(ctx, id.GetID())
		switch {
		case err != nil:
			return "", err
		case status == "complete":
			return Created, nil
		case status == "failed":
			return "", fmt.Errorf("uploading the SARIF file: GitHub could not process it: %s", why)
		}
	}
	return Unprocessed, nil
}

// sarifStatus reads how far GitHub is, and what it did not like.
func (c *Client) sarifStatus(ctx context.Context, id string) (status, why string, err error) {
	const what = "reading the state of the SARIF file"
	r, err := c.github.NewRequest(ctx, "GET", fmt.Sprintf("repos/%s/%s/code-scanning/sarifs/%s", c.owner, c.name, id), nil)
	if err != nil {
		return "", "", failed(what, err)
	}
	var answer struct {
		Status string   `json:"processing_status"`
		Errors []string `json:"errors"`
	}
	if _, err := c.github.Do(r, &answer); err != nil {
		if err = failed(what, err); missing(err) {
			return "pending", "", nil // not there yet
		}
		return "", "", err
	}
	return answer.Status, strings.Join(answer.Errors, "; "), nil
}

// ErrNoScanning says that the repository does not have code scanning.
var ErrNoScanning = errors.New("code scanning is not available for this repository")

// scanning tells a repository without code scanning from a token that may not
// upload.
func scanning(err error) error {
	var f *Failure
	if !errors.As(err, &f) {
		return err
	}
	text := strings.ToLower(f.Message)
	for _, sign := range []string{"advanced security", "code security", "code scanning is not enabled", "not enabled for this repository"} {
		if strings.Contains(text, sign) {
			return fmt.Errorf("%w: %w", ErrNoScanning, err)
		}
	}
	if missing(err) {
		return fmt.Errorf("%w, or the token may not see it: %w", ErrNoScanning, err)
	}
	return err
}
