package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// preview prints a request in place of sending it, and answers as if it had been
// carried out.
func preview(w io.Writer, r *http.Request, body []byte) (*http.Response, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.URL.RequestURI())
	if len(body) > 0 {
		if err := json.Indent(&b, bytes.TrimSpace(body), "", "  "); err != nil {
			return nil, fmt.Errorf("showing what would be posted: %w", err)
		}
		b.WriteByte('\n')
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte("{}"))), Request: r,
	}, nil
}
