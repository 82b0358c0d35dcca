package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	tdb "github.com/aquasecurity/trivy-db/pkg/db"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A depot is where one kind of database comes from and is kept.
type depot struct {
	folder    string // of the cache
	layerType string // of the layer in a registry
	file      string // of the database, beside metadata.json
	// repositories are asked in this order; the second one when the first does
	// not answer or allows no more requests.
	repositories []string
	// inspect returns an error for what nothing can rest on.
	inspect func(dir string) (dates, error)
}

// dates say when a database was made, and when there will be a newer one.
type dates struct{ updated, next time.Time }

// vulnerabilityDepot is where the vulnerability database comes from.
var vulnerabilityDepot = depot{
	folder:    "trivy-db",
	layerType: "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip",
	file:      "trivy.db",
	repositories: []string{
		fmt.Sprintf("mirror.gcr.io/aquasec/trivy-db:%d", tdb.SchemaVersion),
		fmt.Sprintf("ghcr.io/aquasecurity/trivy-db:%d", tdb.SchemaVersion),
	},
}

// An origin says which of the kept databases is the newest, and where it came
// from. A file that was changed since is not used.
type origin struct {
	Folder     string `json:"folder"`
	Repository string `json:"repository"`
	Digest     string `json:"digest"` // of the manifest
	File       string `json:"file"`   // digest of the database
}

// in is where the database is, below the folder of its depot.
func (o origin) in(dir string) string { return filepath.Join(dir, filepath.Base(o.Folder)) }

// newest is the file that holds the origin.
const newest = "newest.json"

// openCached opens the kept database if it is fresh, and else downloads one. A
// kept one that is within the age limit is better than none. Others who do the
// same at the same time wait for the one who downloads.
func (s *Stage) openCached(ctx context.Context) (*database, error) {
	from := s.vulnerabilities()
	dir, temporary, err := s.cacheDir(from)
	if err != nil {
		return nil, unwritable(fmt.Errorf("preparing the folder of the vulnerability database: %w", err))
	}
	unlock, err := lock(ctx, filepath.Join(dir, "lock"))
	if readOnly(err) {
		return s.openUnwritable(dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for another download of the vulnerability database: %w", err)
	}
	defer unlock()
	d, err := s.openOrDownload(ctx, dir, from)
	switch {
	case err != nil && temporary:
		return nil, errors.Join(err, os.RemoveAll(dir))
	case err == nil && temporary:
		d.temporary = dir
	}
	return d, err
}

func (s *Stage) openOrDownload(ctx context.Context, dir string, from depot) (*database, error) {
	kept, keptErr := s.openKept(dir)
	if keptErr == nil && s.current(kept.dir) {
		return kept, nil
	}
	if s.o.Offline {
		return nil, &gate.CheckError{
			Err:  fmt.Errorf("no usable vulnerability database, and the run is offline: %w", keptErr),
			Hint: s.fetchHint(false),
		}
	}
	err := s.download(ctx, dir, from)
	if err == nil {
		if keptErr == nil {
			err = kept.close()
		}
		d, openErr := s.openKept(dir)
		if err = errors.Join(err, openErr); err == nil {
			return d, nil
		}
		return nil, fmt.Errorf("the vulnerability database that was downloaded: %w", err)
	}
	if keptErr == nil && ctx.Err() == nil {
		kept.notes = append(kept.notes, fmt.Sprintf("the vulnerability database could not be updated, the one of %s was used: %v",
			kept.provenance.UpdatedAt.Format(time.RFC3339), err))
		return kept, nil
	}
	if err := fmt.Errorf("downloading the vulnerability database: %w", err); full(err) {
		return nil, unwritable(err)
	}
	return nil, &gate.CheckError{
		Err:  fmt.Errorf("downloading the vulnerability database: %w", err),
		Hint: "try again later, or set scan.database.repository to a mirror or to a folder with trivy.db and metadata.json",
	}
}

// current reports whether the database in a folder need not be replaced: it is
// too early for a newer one, as they are made every six hours, or none can be had.
func (s *Stage) current(dir string) bool {
	if s.o.Offline {
		return true
	}
	meta, err := readMetadata(dir)
	return err == nil && s.o.Now().Before(meta.NextUpdate)
}

// cacheDir returns the folder for the databases of a depot.
func (s *Stage) cacheDir(d depot) (dir string, temporary bool, err error) {
	if s.o.Database.CacheDir == "" {
		dir, err = os.MkdirTemp(s.o.Fetcher.TempDir, "portcullis-db-")
		return dir, true, err
	}
	dir = s.keptDir(d)
	return dir, false, os.MkdirAll(dir, 0o700)
}

// keptDir is where the databases of a depot are between runs: each set of
// repositories has a folder.
func (s *Stage) keptDir(d depot) string {
	sum := sha256.Sum256([]byte(strings.Join(d.repositories, "\n")))
	return filepath.Join(s.o.Database.CacheDir, d.folder, hex.EncodeToString(sum[:8]))
}

// openLocal opens the database if nothing has to be fetched for it; nil if not, or
// if it cannot be used, which is told when it is opened again.
func (s *Stage) openLocal() *database {
	if dir, ok := s.o.Database.folder(); ok {
		d, _ := s.openFolder(dir)
		return d
	}
	if s.o.Database.CacheDir == "" {
		return nil
	}
	dir := s.keptDir(s.vulnerabilities())
	if from, err := readOrigin(dir); err != nil || !s.current(from.in(dir)) {
		return nil
	}
	d, _ := s.openKept(dir)
	return d
}

// openKept opens what an earlier download left.
func (s *Stage) openKept(dir string) (*database, error) {
	kept, from, seen, err := s.unchanged(dir, vulnerabilityDepot.file)
	if err != nil {
		return nil, err
	}
	d, err := checkDatabase(kept, s.o.Now(), s.o.Database.MaxAge, seen.known)
	if err != nil {
		return nil, err
	}
	d.provenance.Digest, d.provenance.Source, d.sum = from.Digest, from.Repository, seen.Sum
	s.saw(seen)
	return d, nil
}

// unchanged returns the folder of what an earlier download left, if it is still
// what was downloaded.
func (s *Stage) unchanged(dir, file string) (kept string, from origin, seen sight, err error) {
	if from, err = readOrigin(dir); err != nil {
		return "", from, seen, err
	}
	kept = from.in(dir)
	seen, err = s.read(filepath.Join(kept, file))
	if err == nil && seen.Sum != from.File {
		err = errors.New("the kept file was changed after it was downloaded")
	}
	return kept, from, seen, err
}

func readOrigin(dir string) (from origin, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, newest))
	if errors.Is(err, os.ErrNotExist) {
		return from, errors.New("none was downloaded yet")
	}
	if err == nil {
		err = json.Unmarshal(raw, &from)
	}
	return from, err
}

// lock waits until no other process has the lock.
func lock(ctx context.Context, name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(err, file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), file.Close())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
