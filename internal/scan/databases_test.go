package scan_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// small mounts a file system of a few bytes, or one that cannot be written to.
func small(t *testing.T, dir string, flags uintptr, options string) {
	t.Helper()
	if err := syscall.Mount("none", dir, "tmpfs", flags, options); err != nil {
		t.Skipf("mounting: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}

func TestR55NoRoomForTheDatabase(t *testing.T) {
	m, cache := newMirror(t), t.TempDir()
	m.push(buildDB(t, now))
	small(t, cache, 0, "size=16k")
	s, _ := run(t, m.online(cache))
	if s.Verdict != gate.Error || !strings.Contains(s.Error, "no space left") || !strings.Contains(s.Failures[0].Hint, "XDG_CACHE_HOME") {
		t.Errorf("%s %s %+v", s.Verdict, s.Error, s.Failures)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "*", "*", "[^l]*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestR55CacheThatCannotBeWrittenTo(t *testing.T) {
	m, cache := newMirror(t), t.TempDir()
	m.push(buildDB(t, now))
	small(t, cache, 0, "size=16m")
	fill := m.online(cache)
	pass(t, fill)
	if err := syscall.Mount("none", cache, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("mounting: %v", err)
	}
	// What is there is used, as long as it may be.
	m.status.Store(http.StatusInternalServerError)
	pass(t, m.online(cache))
	later := m.online(cache)
	later.Now = func() time.Time { return now.Add(30 * time.Hour) }
	if s, _ := pass(t, later); len(s.Notes) == 0 || !strings.Contains(s.Notes[0], "read-only file system") {
		t.Errorf("%q", s.Notes)
	}
	old := m.online(cache)
	old.Now = func() time.Time { return now.Add(60 * time.Hour) }
	if s, _ := run(t, old); s.Verdict != gate.Error || !strings.Contains(s.Failures[0].Hint, "XDG_CACHE_HOME") {
		t.Errorf("%s %+v", s.Verdict, s.Failures)
	}
	// So is nothing that is not there.
	empty := m.online(filepath.Join(cache, "none"))
	if s, _ := run(t, empty); s.Verdict != gate.Error || !strings.Contains(s.Error, "read-only file system") {
		t.Errorf("%s %s", s.Verdict, s.Error)
	}
	if err := scan.NewDatabases(old).Update(t.Context(), false); !errors.Is(err, syscall.EROFS) {
		t.Errorf("updating: %v", err)
	}
}

// Updates, imports, exports and runs at the same time leave each other alone.
func TestR57DatabasesAtTheSameTime(t *testing.T) {
	m, cache, out := newMirror(t), t.TempDir(), t.TempDir()
	m.push(buildDB(t, now))
	archive := filepath.Join(out, "db.tar")
	all := scan.NewDatabases(m.online(cache))
	if err := all.Update(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	digest, err := all.Export(t.Context(), false, archive)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 {
		o := m.online(cache)
		wg.Go(func() {
			if res, err := scan.New(o).Run(t.Context()); err != nil || len(res.Images) != 1 {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := all.Import(t.Context(), archive, digest); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if again, err := all.Export(t.Context(), false, archive); err != nil || again != digest {
				t.Errorf("exported %s, want %s: %v", again, digest, err)
			}
		})
		wg.Go(func() {
			if err := all.Update(t.Context(), false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if left, _ := os.ReadDir(out); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if n := m.downloads.Load(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}

// What a killed download left goes with the next one.
func TestR50RemainsOfAKilledDownloadGo(t *testing.T) {
	m, cache := newMirror(t), t.TempDir()
	m.push(buildDB(t, now))
	pass(t, m.online(cache))
	kept, err := filepath.Glob(filepath.Join(cache, "trivy-db", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	remains := filepath.Join(kept[0], "download-123")
	if err := os.Mkdir(remains, 0o700); err != nil {
		t.Fatal(err)
	}
	later := m.online(cache)
	later.Now = func() time.Time { return now.Add(30 * time.Hour) }
	m.push(buildDB(t, now.Add(29*time.Hour)))
	pass(t, later)
	if _, err := os.Stat(remains); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestDatabaseOfJavaArchivesIsCarriedOver(t *testing.T) {
	m := newJavaMirror(t)
	m.push(javaDB(t, jar(t), now))
	o := m.online(t.TempDir())
	o.Database.JavaRepository, o.Database.Repository = m.ref, ""
	all := scan.NewDatabases(o)
	if err := all.Update(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "java.tar")
	digest, err := all.Export(t.Context(), true, archive)
	if err != nil {
		t.Fatal(err)
	}
	o.Database.CacheDir = t.TempDir()
	elsewhere := scan.NewDatabases(o)
	java, err := elsewhere.Import(t.Context(), archive, digest)
	if err != nil || !java {
		t.Fatal(java, err)
	}
	got := elsewhere.Status()
	if got[0].Err == nil || got[1].Err != nil || got[1].Digest != digest || !got[1].UpdatedAt.Equal(now) {
		t.Errorf("%+v", got)
	}
}
