package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	tdb "github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	bolt "go.etcd.io/bbolt"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// DefaultMaxAge is how old a database may be unless something else is said.
const DefaultMaxAge = 48 * time.Hour

// skew is how far the clocks of two machines may be apart.
const skew = time.Hour

// checkedWhole is the size up to which every page of a database is looked at
// before it is used. A larger one was downloaded under its digest, or takes too
// long.
const checkedWhole = 256 << 20

// Database says which vulnerability database is used.
type Database struct {
	// Repository is a folder that holds trivy.db and metadata.json (it begins
	// with ".", "/" or "dir:"), or an OCI reference. Empty: the places where the
	// makers of Trivy publish theirs.
	Repository string
	// JavaRepository is the same for the database of Java archives. Empty: beside
	// the folder of Repository, as Trivy's cache has it, or where the makers of
	// Trivy publish theirs.
	JavaRepository string
	MaxAge         time.Duration // 0: DefaultMaxAge
	CacheDir       string        // where downloads are kept; "": nowhere
	// Blobs is asked for the bytes of a database before the registry that names
	// their digest; nil: nobody.
	Blobs image.BlobCache
}

// A database is open and was checked.
type database struct {
	dir        string
	bolt       *bolt.DB
	provenance gate.Database
	sum        string // digest of the file
	notes      []string
	temporary  string // a folder to remove, if not empty
}

// openDatabase finds, fetches if need be, and checks the database.
func (s *Stage) openDatabase(ctx context.Context) (*database, error) {
	if dir, ok := s.o.Database.folder(); ok {
		return s.openFolder(dir)
	}
	return s.openCached(ctx)
}

// References returns where a database may be downloaded from, in the order in
// which the registries are asked.
func (d Database) References(java bool) []string {
	named, from := d.Repository, vulnerabilityDepot
	_, folder := d.folder()
	if java {
		named, from = d.JavaRepository, javaDepot
		_, folder = d.javaFolder()
	}
	switch {
	case folder:
		return nil
	case named != "":
		return []string{named}
	}
	return from.repositories
}

// folder returns the folder that Repository names, if it names one.
func (d Database) folder() (string, bool) {
	if dir, ok := strings.CutPrefix(d.Repository, "dir:"); ok {
		return dir, true
	}
	return d.Repository, strings.HasPrefix(d.Repository, ".") || strings.HasPrefix(d.Repository, "/")
}

// openFolder opens a database that somebody put there.
func (s *Stage) openFolder(dir string) (*database, error) {
	// Trivy's own cache has the files one level down.
	if _, err := os.Stat(filepath.Join(dir, "db", "trivy.db")); err == nil {
		dir = filepath.Join(dir, "db")
	}
	known := s.knownFile(tdb.Path(dir)).known
	d, err := checkDatabase(dir, s.o.Now(), s.o.Database.MaxAge, known)
	if err != nil {
		return nil, &gate.CheckError{
			Err:  fmt.Errorf("the vulnerability database in %q: %w", dir, err),
			Hint: "put a current trivy.db and metadata.json into the folder, or remove scan.database.repository to download one",
		}
	}
	seen, err := s.read(tdb.Path(dir))
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	d.provenance.Digest, d.provenance.Source, d.sum = seen.Sum, dir, seen.Sum
	s.saw(seen)
	return d, nil
}

// checkDatabase opens the database in dir if it is one that findings, and above
// all the lack of findings, can rest on. known says that an earlier run found no
// damage in the file.
func checkDatabase(dir string, now time.Time, maxAge time.Duration, known bool) (*database, error) {
	meta, err := readMetadata(dir)
	if err != nil {
		return nil, err
	}
	age := now.Sub(meta.UpdatedAt)
	switch {
	case meta.Version != tdb.SchemaVersion:
		return nil, fmt.Errorf("it has schema version %d, want %d", meta.Version, tdb.SchemaVersion)
	case meta.UpdatedAt.IsZero():
		return nil, errors.New("its metadata does not say when it was made")
	case age < -skew:
		return nil, fmt.Errorf("it is dated in the future, %s", meta.UpdatedAt.UTC().Format(time.RFC3339))
	case age > maxAge:
		return nil, fmt.Errorf("it is %s old, made on %s; the limit is %s", age.Round(time.Hour), meta.UpdatedAt.UTC().Format(time.DateOnly), maxAge)
	}
	db, err := openBolt(tdb.Path(dir), !known)
	if err != nil {
		return nil, err
	}
	return &database{dir: dir, bolt: db, provenance: gate.Database{UpdatedAt: meta.UpdatedAt.UTC(), Age: age.Round(time.Minute).String()}}, nil
}

func readMetadata(dir string) (metadata.Metadata, error) {
	for _, name := range []string{tdb.Path(dir), metadata.Path(dir)} {
		if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return metadata.Metadata{}, fmt.Errorf("there is no %s", filepath.Base(name))
		}
	}
	meta, err := metadata.NewClient(dir).Get()
	if err != nil {
		return metadata.Metadata{}, fmt.Errorf("reading its metadata: %w", err)
	}
	return meta, nil
}

// openBolt opens the file and looks into it. Reading a damaged file may fault
// or panic; here that is an error, in Trivy's goroutines it would end the
// process.
func openBolt(path string, whole bool) (db *bolt.DB, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("it is damaged: %v", v)
		}
		if err != nil && db != nil {
			err = errors.Join(err, db.Close())
			db = nil
		}
	}()
	db, err = bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: 5 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	return db, db.View(func(tx *bolt.Tx) error { return lookInto(tx, info.Size(), whole && info.Size() <= checkedWhole) })
}

// lookInto checks that the file is whole and has advisories in it. every says that
// every page is looked at.
func lookInto(tx *bolt.Tx, size int64, every bool) error {
	if tx.Size() > size {
		return fmt.Errorf("it is damaged: the file ends after %d of %d bytes", size, tx.Size())
	}
	if every {
		for err := range tx.Check() {
			return fmt.Errorf("it is damaged: %w", err)
		}
	}
	details, advisories := 0, 0
	err := tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		first, _ := b.Cursor().First()
		switch {
		case first == nil:
		case string(name) == "vulnerability":
			details++
		case string(name) != "data-source":
			advisories++
		}
		return nil
	})
	if err == nil && (details == 0 || advisories == 0) {
		err = errors.New("it is empty: there are no advisories in it")
	}
	return err
}

// close releases the file.
func (d *database) close() error {
	err := d.bolt.Close()
	if d.temporary != "" {
		err = errors.Join(err, os.RemoveAll(d.temporary))
	}
	return err
}

// hashFile returns the digest of a file.
func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return hash(file)
}

func hash(file *os.File) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("reading %q: %w", file.Name(), err)
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}
