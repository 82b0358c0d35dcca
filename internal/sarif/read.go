package sarif

import (
	"bytes"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The limits of a file. What is beyond them is an error and never left out.
const (
	MaxSize    = 128 << 20
	MaxResults = 50_000
)

// decode reads a file of SARIF 2.1.0.
func decode(raw []byte) (log, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	var l log
	if err := json.Unmarshal(raw, &l); err != nil {
		return log{}, fmt.Errorf("parsing SARIF: %w", err)
	}
	results := 0
	for _, r := range l.Runs {
		if r.Results != nil {
			results += len(*r.Results)
		}
	}
	switch {
	case l.Version == "":
		return log{}, errors.New("not SARIF: it has no version")
	case l.Version != "2.1.0":
		return log{}, fmt.Errorf("SARIF version %q is not supported, want 2.1.0", l.Version)
	case len(l.Runs) == 0:
		return log{}, errors.New("it holds no run of any tool")
	case results > MaxResults:
		return log{}, fmt.Errorf("it has %d results, more than the limit of %d", results, MaxResults)
	}
	return l, nil
}

// read returns the bytes of a regular file. One below dir is not reached
// through a link that leaves dir: a change may have brought the link.
func read(dir, name string) ([]byte, error) {
	f, err := open(dir, name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, cause(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > MaxSize:
		return nil, fmt.Errorf("larger than the limit of %d MiB", MaxSize>>20)
	}
	raw, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err == nil && len(raw) > MaxSize {
		err = fmt.Errorf("larger than the limit of %d MiB", MaxSize>>20)
	}
	return raw, err
}

// open does not wait for anybody to write to a FIFO.
func open(dir, name string) (*os.File, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	below, err := filepath.Rel(dir, abs)
	if err != nil || !filepath.IsLocal(below) {
		return os.OpenFile(abs, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.OpenFile(below, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// cause drops the operation and path that an *fs.PathError repeats.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
