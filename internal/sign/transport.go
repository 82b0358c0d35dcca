package sign

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A bounded transport reads answers as far as this package has use for them.
// No image passes through it: the largest thing to read is an attachment.
type bounded struct{ inner http.RoundTripper }

// RoundTrip fails for a list of referrers in several pages: the client library
// reads the first only, and what the others hold would be missed in silence.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.inner.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if strings.Contains(request.URL.Path, "/referrers/") && response.Header.Get("Link") != "" {
		response.Body.Close()
		return nil, fmt.Errorf("%s lists its referrers in pages, which is not supported yet", request.URL.Host)
	}
	response.Body = &boundedBody{ReadCloser: response.Body, left: maxAttachment + 1}
	return response, nil
}

type boundedBody struct {
	io.ReadCloser
	left int
}

var errTooLong = errors.New("the answer is too long")

// Read fails once more than an attachment may hold has been read.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
