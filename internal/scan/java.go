package scan

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aquasecurity/trivy-java-db/pkg/db"
	"github.com/aquasecurity/trivy/pkg/javadb"
	_ "modernc.org/sqlite" // the driver that reads it

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// javaMaxAge is how old the database of Java archives may be. It says which
// archive is which and nothing about vulnerabilities: an old one lacks what was
// published since.
const javaMaxAge = 30 * 24 * time.Hour

// javaDepot is where the database of Java archives comes from.
var javaDepot = depot{
	folder:       "trivy-java-db",
	layerType:    "application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip",
	file:         "trivy-java.db",
	repositories: []string{javadb.DefaultGCRRepository, javadb.DefaultGHCRRepository},
}

// A javaDatabase says which Java archive is which, by digest. It is large, and
// opened only when an image has such an archive in it.
type javaDatabase struct {
	dir       string // that has the folder "java-db" in it, where Trivy looks
	file      string // the database
	about     string // which one it is
	notes     []string
	temporary []string // folders to remove
}

// openJava finds, or fetches, and checks the database.
func (s *Stage) openJava(ctx context.Context) (j *javaDatabase, err error) {
	j = &javaDatabase{}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.close())
		}
	}()
	folder, ok := s.o.Database.javaFolder()
	if !ok {
		if folder, err = s.cachedJava(ctx, j); err != nil {
			return j, err
		}
	}
	meta, err := checkJava(folder, s.o.Now())
	if err != nil {
		return j, &gate.CheckError{
			Err:  fmt.Errorf("the database of Java archives in %q: %w", folder, err),
			Hint: "put a current trivy-java.db and metadata.json into the folder",
		}
	}
	j.about = "Java archives were identified by the database of " + meta.UpdatedAt.UTC().Format(time.RFC3339)
	j.notes = append(j.notes, j.about)
	if j.dir, err = os.MkdirTemp(s.o.Fetcher.TempDir, "portcullis-java-"); err != nil {
		return j, err
	}
	j.temporary = append(j.temporary, j.dir)
	if folder, err = filepath.Abs(folder); err != nil {
		return j, err
	}
	j.file = filepath.Join(folder, javaDepot.file)
	return j, os.Symlink(folder, filepath.Join(j.dir, "java-db"))
}

// javaFolder returns the folder that has the database, if one was named: for
// Java archives, or for vulnerabilities where Trivy's own cache has both.
func (d Database) javaFolder() (string, bool) {
	if dir, ok := (Database{Repository: d.JavaRepository}).folder(); ok {
		return dir, true
	}
	dir, ok := d.folder()
	if !ok || d.JavaRepository != "" {
		return "", false
	}
	if dir = filepath.Clean(dir); filepath.Base(dir) == "db" {
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "java-db")
	_, err := os.Stat(filepath.Join(dir, javaDepot.file))
	return dir, err == nil
}

// cachedJava returns the folder of the kept database if that is fresh, and else
// of one that it downloads. A kept one is better than none.
func (s *Stage) cachedJava(ctx context.Context, j *javaDatabase) (string, error) {
	d := s.javaArchives()
	dir, temporary, err := s.cacheDir(d)
	if err != nil {
		return "", unwritable(fmt.Errorf("preparing the folder of the database of Java archives: %w", err))
	}
	if temporary {
		j.temporary = append(j.temporary, dir)
	}
	unlock, err := lock(ctx, filepath.Join(dir, "lock"))
	if readOnly(err) {
		kept, _, keptErr := s.keptJava(d, dir)
		return kept, keptErr
	}
	if err != nil {
		return "", fmt.Errorf("waiting for another download of the database of Java archives: %w", err)
	}
	defer unlock()
	kept, meta, keptErr := s.keptJava(d, dir)
	if keptErr == nil && (s.o.Offline || s.o.Now().Before(meta.NextUpdate)) {
		return kept, nil
	}
	if s.o.Offline {
		return "", &gate.CheckError{
			Err:  fmt.Errorf("it holds Java archives, there is no usable database of them, and the run is offline: %w", keptErr),
			Hint: s.fetchHint(true),
		}
	}
	if err := s.download(ctx, dir, d); err != nil {
		if keptErr == nil && ctx.Err() == nil {
			j.notes = append(j.notes, fmt.Sprintf("the database of Java archives could not be updated: %v", err))
			return kept, nil
		}
		return "", &gate.CheckError{
			Err:  fmt.Errorf("it holds Java archives, and downloading the database of them: %w", err),
			Hint: "try again later, or set scan.database.java-repository to a mirror or a folder",
		}
	}
	kept, _, err = s.keptJava(d, dir)
	return kept, err
}

// keptJava returns what an earlier download left.
func (s *Stage) keptJava(d depot, dir string) (string, db.Metadata, error) {
	kept, _, seen, err := s.unchanged(dir, d.file)
	if err != nil {
		return "", db.Metadata{}, err
	}
	meta, err := checkJava(kept, s.o.Now())
	if err == nil {
		s.saw(seen)
	}
	return kept, meta, err
}

// javaSum is the digest of the open database of Java archives, "" if that cannot
// be told.
func (s *Stage) javaSum() string {
	if s.java == nil {
		return ""
	}
	seen, err := s.read(s.java.file)
	if err != nil {
		return ""
	}
	s.saw(seen)
	return seen.Sum
}

// knownJava is the digest of the database of Java archives that would be opened
// now, "" if there is none that an earlier run has read.
func (s *Stage) knownJava() string {
	dir, named := s.o.Database.javaFolder()
	if !named {
		kept := s.keptDir(s.javaArchives())
		from, err := readOrigin(kept)
		if s.o.Database.CacheDir == "" || err != nil {
			return ""
		}
		dir = from.in(kept)
	}
	meta, err := javaMetadata(dir, s.o.Now())
	if err != nil || !named && !s.o.Offline && !s.o.Now().Before(meta.NextUpdate) {
		return ""
	}
	return s.knownFile(filepath.Join(dir, javaDepot.file)).Sum
}

// checkJava opens the database in dir and looks whether anything is in it.
func checkJava(dir string, now time.Time) (db.Metadata, error) {
	meta, err := javaMetadata(dir, now)
	if err != nil {
		return meta, err
	}
	path := filepath.Join(dir, javaDepot.file)
	if _, err := os.Stat(path); err != nil {
		return meta, fmt.Errorf("there is no %s", javaDepot.file)
	}
	client, err := sql.Open("sqlite", path)
	if err != nil {
		return meta, fmt.Errorf("it is damaged: %w", err)
	}
	defer func() { _ = client.Close() }() // opened to be read only
	var one int
	// One row of a file of this machine: there is nothing to wait for.
	err = client.QueryRowContext(context.Background(), "SELECT 1 FROM indices JOIN artifacts ON artifacts.id = indices.artifact_id LIMIT 1").Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return meta, errors.New("it is empty: there are no archives in it")
	}
	if err != nil {
		return meta, fmt.Errorf("it is damaged: %w", err)
	}
	return meta, nil
}

// javaMetadata reads and checks what is written beside the database.
func javaMetadata(dir string, now time.Time) (db.Metadata, error) {
	metadata := db.NewMetadata(dir)
	meta, err := metadata.Get()
	if err != nil {
		return meta, fmt.Errorf("reading its metadata: %w", err)
	}
	age := now.Sub(meta.UpdatedAt)
	switch {
	case meta.Version != db.SchemaVersion:
		return meta, fmt.Errorf("it has schema version %d, want %d", meta.Version, db.SchemaVersion)
	case age < -skew:
		return meta, fmt.Errorf("it is dated in the future, %s", meta.UpdatedAt.UTC().Format(time.RFC3339))
	case age > javaMaxAge:
		return meta, fmt.Errorf("it was made on %s; the limit is %d days", meta.UpdatedAt.UTC().Format(time.DateOnly), javaMaxAge/(24*time.Hour))
	}
	return meta, nil
}

// close removes what is temporary.
func (j *javaDatabase) close() error {
	var errs []error
	for _, dir := range j.temporary {
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}

// wantsJava reports whether a scan ended because an archive of Java was there
// and the database was not.
func wantsJava(err error) bool { return err != nil && strings.Contains(err.Error(), "Java DB") }
