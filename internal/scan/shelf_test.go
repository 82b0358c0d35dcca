package scan

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func newShelf(t *testing.T) (*shelf, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a", "b")
	s, err := openShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	return s, dir
}

func TestShelfKeepsRecords(t *testing.T) {
	s, _ := newShelf(t)
	if _, err := s.get("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	for _, record := range []string{"first", "second\nline\n", ""} {
		if err := s.put("a", []byte(record)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.get("a"); err != nil || string(got) != record {
			t.Errorf("got %q, %v; want %q", got, err, record)
		}
	}
	if _, err := s.get("b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestR08ShelfTrustsItsOwnerOnly(t *testing.T) {
	for name, spoil := range map[string]func(dir, file string) error{
		"cut off":          func(_, file string) error { return os.Truncate(file, 40) },
		"empty":            func(_, file string) error { return os.Truncate(file, 0) },
		"appended":         func(_, file string) error { return appendTo(file, "x") },
		"a link":           func(dir, file string) error { return errors.Join(os.Rename(file, dir+"/x"), os.Symlink("x", file)) },
		"writable":         func(_, file string) error { return os.Chmod(file, 0o620) },
		"of another user":  func(_, file string) error { return chown(file) },
		"the whole folder": func(dir, _ string) error { return os.Chmod(dir, 0o770) },
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := newShelf(t)
			if err := s.put("a", []byte("record")); err != nil {
				t.Fatal(err)
			}
			err := spoil(dir, filepath.Join(dir, s.name("a")))
			if errors.Is(err, errors.ErrUnsupported) {
				t.Skip("only root can give a file to somebody else")
			}
			if err != nil {
				t.Fatal(err)
			}
			again, err := openShelf(dir)
			if err == nil {
				defer again.close()
				_, err = again.get("a")
			}
			if err == nil {
				t.Error("the record counts")
			}
		})
	}
}

func appendTo(name, text string) error {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

func chown(name string) error {
	if os.Getuid() != 0 {
		return errors.ErrUnsupported
	}
	return os.Chown(name, 65534, 65534)
}

func TestShelfIsBounded(t *testing.T) {
	s, dir := newShelf(t)
	for i := range shelfRecords + 5 {
		if err := s.put(fmt.Sprint(i), []byte("record")); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(int64(1000+i), 0)
		if err := os.Chtimes(filepath.Join(dir, s.name(fmt.Sprint(i))), at, at); err != nil {
			t.Fatal(err)
		}
		if i == 3 { // which is asked for again
			if _, err := s.get("0"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != shelfRecords {
		t.Errorf("%d records, %v", len(left), err)
	}
	if _, err := s.get("0"); err != nil {
		t.Errorf("what was asked for is gone: %v", err)
	}
	if _, err := s.get("1"); err == nil {
		t.Error("what nobody asked for is there")
	}
}

func TestR57ShelfIsShared(t *testing.T) {
	one, dir := newShelf(t)
	two, err := openShelf(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer two.close()
	long := strings.Repeat("x", 1<<20)
	var wg sync.WaitGroup
	for i, s := range []*shelf{one, two, one, two} {
		wg.Go(func() {
			for range 20 {
				if err := s.put("a", []byte(long)); err != nil {
					t.Errorf("%d: %v", i, err)
				}
				if got, err := s.get("a"); err != nil || string(got) != long {
					t.Errorf("%d: %d bytes, %v", i, len(got), err)
				}
			}
		})
	}
	wg.Wait()
}

// TestR08ChangedFileIsReadAgain changes a file and gives it its size and its time
// back.
func TestR08ChangedFileIsReadAgain(t *testing.T) {
	on, _ := newShelf(t)
	s := &Stage{shelf: on, o: Options{Log: slog.New(slog.DiscardHandler)}}
	name := filepath.Join(t.TempDir(), "trivy.db")
	old := time.Now().Add(-time.Hour)
	write := func(content string) {
		if err := errors.Join(os.WriteFile(name, []byte(content), 0o600), os.Chtimes(name, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	sum := func() string {
		seen, err := s.read(name)
		if err != nil {
			t.Fatal(err)
		}
		s.saw(seen)
		return seen.Sum
	}
	write("one")
	first := sum()
	if s.knownFile(name).known {
		t.Error("a file that was written just now is known")
	}
	time.Sleep(settled + 100*time.Millisecond)
	if sum() != first || !s.knownFile(name).known || sum() != first {
		t.Error("an old file is not known")
	}
	write("two")
	if s.knownFile(name).known || sum() == first {
		t.Error("the file was changed, and is known")
	}
}
