package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// DefaultEngine is where a Docker engine listens on Linux.
const DefaultEngine = "unix:///var/run/docker.sock"

// openEngine resolves "docker:NAME": it asks the engine on this machine for the
// archive that `docker save` writes, and reads that as "tar:FILE" is read. No
// other reference leads here.
func (f *Fetcher) openEngine(ctx context.Context, ref Reference, dir string) (manifest, source, error) {
	socket, ok := strings.CutPrefix(f.Engine, "unix://")
	if !ok {
		return manifest{}, nil, fmt.Errorf("the engine at %q is not asked, only one that listens on a socket of this machine", f.Engine)
	}
	saved := filepath.Join(dir, "saved.tar")
	if err := f.save(ctx, socket, ref.path, saved); err != nil {
		return manifest{}, nil, fmt.Errorf("asking the engine at %s: %w", socket, err)
	}
	archive := ref
	archive.path, archive.name = saved, ref.path // without a tag an engine saves every one
	m, src, err := f.openArchive(ctx, archive, dir)
	return m, src, errors.Join(err, os.Remove(saved)) // it was unpacked
}

// save writes the archive of an image to a file.
func (f *Fetcher) save(ctx context.Context, socket, image, target string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	address := url.URL{Scheme: "http", Host: "engine", Path: "/images/get", RawQuery: url.Values{"names": {image}}.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), http.NoBody)
	if err != nil {
		return err
	}
	answer, err := transport.RoundTrip(req) //nolint:bodyclose // closed as body
	if err != nil {
		return fmt.Errorf("%w: is it running, and may this user use it?", err)
	}
	body := pace{every: f.Stall, least: 1}.watch(cancel).read(answer.Body)
	defer body.Close()
	if answer.StatusCode != http.StatusOK {
		return refusal(answer.Status, body)
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	counted := &countingWriter{w: file, tell: func(int64) {}}
	if f.Progress != nil {
		done := int64(0)
		counted.tell = func(n int64) { done += n; f.Progress("save docker:"+image, done, 0) }
	}
	n, err := io.Copy(counted, io.LimitReader(body, f.Limits.Uncompressed+1))
	switch {
	case context.Cause(ctx) != nil:
		err = context.Cause(ctx)
	case err == nil && n > f.Limits.Uncompressed:
		err = fmt.Errorf("%w: more than %d bytes", ErrLimit, f.Limits.Uncompressed)
	}
	return errors.Join(err, file.Close())
}

// refusal is what an engine answers when it has no such image.
func refusal(status string, body io.Reader) error {
	raw, err := readLimited(body, 64<<10)
	if err != nil {
		return fmt.Errorf("%s: %w", status, err)
	}
	var answer struct{ Message string }
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Message == "" {
		return errors.New(status)
	}
	return fmt.Errorf("%s: %s", status, answer.Message)
}

// A countingWriter tells how many bytes were written.
type countingWriter struct {
	w    io.Writer
	tell func(int64)
}

// Write passes the bytes on.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.tell(int64(n))
	return n, err
}
