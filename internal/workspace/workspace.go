// Package workspace is the tree that is checked: which files it has, and their
// bytes. Nothing outside its root is ever read, whatever a symbolic link says.
package workspace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// The limits of a tree. What is beyond them is an error and never left out.
const (
	MaxFileSize = 32 << 20
	MaxFiles    = 500_000
)

// A Tree is a folder that is checked. Its methods may be called at once from
// several goroutines.
type Tree struct {
	dir     string
	root    *os.Root
	exclude []string

	walk   func() walked
	mu     sync.Mutex
	lines  map[string][]string
	hashes map[string][]string
}

// Open opens the folder dir. Paths that match a pattern of exclude are not part
// of the tree; see [Match].
func Open(dir string, exclude []string) (*Tree, error) {
	if err := ValidPatterns(exclude); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fmt.Errorf("opening the workspace: %w", err)
	}
	t := &Tree{dir: abs, root: root, exclude: exclude, lines: map[string][]string{}, hashes: map[string][]string{}}
	t.walk = sync.OnceValue(t.walkOnce)
	return t, nil
}

// Close releases the tree.
func (t *Tree) Close() error { return t.root.Close() }

// Dir returns the absolute path of the root.
func (t *Tree) Dir() string { return t.dir }

// Excluded returns the patterns of what is not part of the tree.
func (t *Tree) Excluded() []string { return slices.Clone(t.exclude) }

// ReadFile returns the bytes of the regular file name, a slash-separated path
// below the root. A link is followed only inside the root. A file larger than
// MaxFileSize, and whatever is not a regular file, is an error.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	// A FIFO would block the open, so the kind is looked at first and again
	// on the open file, which cannot be swapped any more.
	if info, err := t.root.Stat(name); err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, cause(err))
	} else if err := readable(info); err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	f, err := t.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, cause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = readable(info)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, cause(err))
	}
	var buf bytes.Buffer
	buf.Grow(int(info.Size()) + bytes.MinRead) // it may grow while it is read
	_, err = buf.ReadFrom(io.LimitReader(f, MaxFileSize+1))
	b := buf.Bytes()
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %q: %w", name, cause(err))
	case len(b) > MaxFileSize:
		return nil, fmt.Errorf("reading %q: %w", name, errTooLarge)
	}
	return b, nil
}

var errTooLarge = fmt.Errorf("larger than the limit of %d MiB", MaxFileSize>>20)

// readable says why a file cannot be read as a regular one.
func readable(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("a folder, not a file")
	case !info.Mode().IsRegular():
		return fmt.Errorf("not a regular file (%s)", info.Mode().Type())
	case info.Size() > MaxFileSize:
		return errTooLarge
	}
	return nil
}

// cause drops the operation and path that an *fs.PathError repeats.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
