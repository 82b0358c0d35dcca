package githubtest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
)

// An Upload is a SARIF file that was uploaded.
type Upload struct {
	ID, Commit, Ref string
	Data            []byte
	Polls           int // how often it is said to be pending
	Failed          []string
}

var scanningOperations = map[string]operation{
	"POST /repos/{owner}/{repo}/code-scanning/sarifs":           (*Server).uploadSARIF,
	"GET /repos/{owner}/{repo}/code-scanning/sarifs/{sarif_id}": (*Server).getSARIF,
}

var (
	commitID = regexp.MustCompile(`^[0-9a-f]{40}$`)
	gitRef   = regexp.MustCompile(`^refs/(heads|tags|pull)/.+$`)
)

func (s *Server) uploadSARIF(q request) (int, any) {
	if s.Scanning.Status != 0 {
		return refuse(s.Scanning.Status, s.Scanning.Body)
	}
	data, err := unpack(q.text("sarif"))
	if err != nil || !commitID.MatchString(q.text("commit_sha")) || !gitRef.MatchString(q.text("ref")) {
		s.violate("%s: %v, commit %q, ref %q", q.operation, err, q.text("commit_sha"), q.text("ref"))
		return refuse(http.StatusBadRequest, "Bad Request")
	}
	u := &Upload{ID: fmt.Sprintf("%08d-0000-11ee-8000-000000000000", s.id()), Commit: q.text("commit_sha"), Ref: q.text("ref"), Data: data, Polls: 1}
	s.Uploads = append(s.Uploads, u)
	return http.StatusAccepted, s.from(q.operation, http.StatusAccepted, map[string]any{"id": u.ID})
}

// unpack is what was compressed and encoded.
func unpack(text string) ([]byte, error) {
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(packed) > 10<<20 {
		return nil, fmt.Errorf("%d bytes", len(packed))
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(z)
	if err == nil && !json.Valid(data) {
		err = fmt.Errorf("not JSON")
	}
	return data, err
}

func (s *Server) getSARIF(q request) (int, any) {
	for _, u := range s.Uploads {
		if u.ID != q.params["sarif_id"] {
			continue
		}
		changes := map[string]any{"processing_status": "complete"}
		if u.Polls--; u.Polls >= 0 {
			changes["processing_status"] = "pending"
		} else if u.Failed != nil {
			changes["processing_status"], changes["errors"] = "failed", u.Failed
		}
		return http.StatusOK, s.from(q.operation, http.StatusOK, changes)
	}
	return refuse(http.StatusNotFound, "Not Found")
}
