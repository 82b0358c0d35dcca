package scan

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"
)

// Bounds of a shelf. What was asked for least recently goes first.
const (
	shelfRecords = 512
	shelfBytes   = 256 << 20
)

// A shelf is a folder of records that are kept between runs. A record is whole or
// not there, and nobody but the user of the process has written it: one that
// another user could have written is not there either. Several processes may use
// a shelf at once.
type shelf struct{ root *os.Root }

// openShelf opens the shelf in a folder, and makes that if need be. The folder
// must belong to the user, and nobody else may be able to write to it.
func openShelf(dir string) (*shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%q is no folder", dir)
	case !own(info):
		return nil, fmt.Errorf("others than this user can write to %q", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &shelf{root: root}, nil
}

// own reports whether a file belongs to the user of the process, who alone may
// write to it.
func own(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o022 == 0
}

// name is the file of a record. A key may hold anything.
func (s *shelf) name(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// get returns a record, or an error that wraps [fs.ErrNotExist].
func (s *shelf) get(key string) ([]byte, error) {
	name := s.name(key)
	info, err := s.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || !own(info) {
		return nil, fmt.Errorf("%w: another user can write to it", fs.ErrNotExist)
	}
	raw, err := s.root.ReadFile(name)
	if err != nil {
		return nil, err
	}
	sum, record, found := bytes.Cut(raw, []byte("\n"))
	if !found || string(sum) != s.seal(key, record) {
		return nil, fmt.Errorf("%w: it is damaged", fs.ErrNotExist)
	}
	now := time.Now() // of the file system: what was asked for last stays longest
	_ = s.root.Chtimes(name, now, now)
	return record, nil
}

// seal is the first line of a record: what was cut off or belongs to another key
// does not have it.
func (s *shelf) seal(key string, record []byte) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %s\n", len(key), key)
	sum.Write(record)
	return "portcullis 1 sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// put writes a record in place of the one that was there.
func (s *shelf) put(key string, record []byte) error {
	name := s.name(key)
	partial := name + "." + rand.Text() + ".partial"
	raw := slices.Concat([]byte(s.seal(key, record)), []byte("\n"), record)
	err := s.root.WriteFile(partial, raw, 0o600)
	if err == nil {
		err = s.root.Rename(partial, name)
	}
	if err != nil {
		return errors.Join(err, s.root.Remove(partial))
	}
	return s.prune()
}

// prune removes records until the shelf is within its bounds.
func (s *shelf) prune() error {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	var size int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			files, size = append(files, info), size+info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for n := len(files); len(files) > 1 && (n > shelfRecords || size > shelfBytes); n-- {
		if err := s.root.Remove(files[0].Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		size -= files[0].Size()
		files = files[1:]
	}
	return nil
}

// close releases the folder.
func (s *shelf) close() error { return s.root.Close() }
