package scan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// Databases are the databases that are kept between runs. Their methods may be
// called while runs use the same cache folder.
type Databases struct{ stage *Stage }

// NewDatabases returns the databases that a stage with these options would use.
func NewDatabases(o Options) *Databases { return &Databases{stage: New(o)} }

// A Kept database is what is known of one.
type Kept struct {
	Java      bool // the database of Java archives, else that of vulnerabilities
	Digest    string
	Source    string
	Path      string // its folder
	UpdatedAt time.Time
	// Err says why it cannot be used; nil if it can.
	Err error
}

// depot returns where a database comes from. One in a folder of the
// configuration is none of ours.
func (d *Databases) depot(java bool) (from depot, err error) {
	from = d.stage.vulnerabilities()
	dir, named := d.stage.o.Database.folder()
	if java {
		from = d.stage.javaArchives()
		dir, named = d.stage.o.Database.javaFolder()
	}
	if named {
		return from, fmt.Errorf("the configuration names the folder %q, which is not ours to change", dir)
	}
	if d.stage.o.Database.CacheDir == "" {
		return from, errors.New("there is no folder to keep a database in: set HOME or XDG_CACHE_HOME")
	}
	return from, nil
}

// locked calls do with the folder of a database, when nobody else works in it.
func (d *Databases) locked(ctx context.Context, java bool, do func(dir string, from depot) error) error {
	from, err := d.depot(java)
	if err != nil {
		return err
	}
	dir, _, err := d.stage.cacheDir(from)
	if err != nil {
		return unwritable(err)
	}
	unlock, err := lock(ctx, filepath.Join(dir, "lock"))
	if err != nil {
		return unwritable(err)
	}
	defer unlock()
	if err := do(dir, from); err != nil {
		return unwritable(err)
	}
	return nil
}

// Update downloads a database, unless the one that is there is as new as one can
// be.
func (d *Databases) Update(ctx context.Context, java bool) error {
	return d.locked(ctx, java, func(dir string, from depot) error {
		if have, err := d.keptIn(dir, from); err == nil && d.stage.o.Now().Before(have.next) {
			return nil
		}
		return d.stage.download(ctx, dir, from)
	})
}

// Status returns what is known of the databases: of vulnerabilities, and of Java
// archives.
func (d *Databases) Status() []Kept {
	return []Kept{d.status(false), d.status(true)}
}

func (d *Databases) status(java bool) Kept {
	k := Kept{Java: java}
	if dir, ok := d.folder(java); ok {
		k.Source, k.Path = dir, dir
		return d.inFolder(k)
	}
	from, err := d.depot(java)
	if err != nil {
		k.Err = err
		return k
	}
	dir := d.stage.keptDir(from)
	have, err := d.keptIn(dir, from)
	k.Digest, k.Source, k.Path, k.UpdatedAt, k.Err = have.Digest, have.Repository, have.folder, have.updated, err
	if errors.Is(err, fs.ErrNotExist) || have.folder == "" {
		k.Path = dir
	}
	return k
}

// folder returns the folder that the configuration names.
func (d *Databases) folder(java bool) (string, bool) {
	if java {
		return d.stage.o.Database.javaFolder()
	}
	return d.stage.o.Database.folder()
}

func (d *Databases) inFolder(k Kept) Kept {
	if k.Java {
		meta, err := checkJava(k.Path, d.stage.o.Now())
		k.UpdatedAt, k.Err = meta.UpdatedAt, err
		return k
	}
	open, err := d.stage.openFolder(k.Path)
	if err != nil {
		k.Err = err
		return k
	}
	k.Digest, k.UpdatedAt, k.Path = open.provenance.Digest, open.provenance.UpdatedAt, open.dir
	k.Err = open.close()
	return k
}

// have is a kept database.
type have struct {
	origin
	dates
	folder string
}

// keptIn returns what an earlier download left, as far as it can be told, and
// why it cannot be used.
func (d *Databases) keptIn(dir string, from depot) (have, error) {
	var h have
	folder, origin, _, err := d.stage.unchanged(dir, from.file)
	if folder == "" {
		return h, err
	}
	h.folder, h.origin = folder, origin
	if err != nil {
		return h, err
	}
	h.dates, err = from.inspect(folder)
	return h, err
}

// Import puts the database of an archive that Export wrote, or of any archive of
// an OCI layout with one, in its place. If digest is not empty it must be that of
// the archive's manifest. It returns which one it was.
func (d *Databases) Import(ctx context.Context, file, digest string) (java bool, err error) {
	name := "tar:" + file
	if digest != "" {
		name += "@" + digest
	}
	ref, err := image.Parse(name)
	if err != nil {
		return false, err
	}
	temp, err := os.MkdirTemp(d.stage.o.Fetcher.TempDir, "portcullis-import-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(temp)
	layer := filepath.Join(temp, "layer")
	got, err := d.stage.o.Fetcher.Artifact(ctx, ref, layer, vulnerabilityDepot.layerType, javaDepot.layerType)
	if err != nil {
		return false, err
	}
	java = got.MediaType == javaDepot.layerType
	at := origin{Repository: "tar:" + filepath.Base(file), Digest: got.Digest.String()}
	return java, d.locked(ctx, java, func(dir string, from depot) error { return put(ctx, dir, layer, from, at) })
}
