package scan

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// maxUnpacked bounds the files of a database.
const maxUnpacked = 8 << 30

// download puts the database of the first repository that has one in its place.
// A download that failed half-way, or is no good, replaces nothing.
func (s *Stage) download(ctx context.Context, dir string, from depot) error {
	var errs []error
	for _, repository := range from.repositories {
		err := s.downloadFrom(ctx, dir, repository, from)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.o.Log.WarnContext(ctx, "downloading a database", "repository", repository, "err", err)
	}
	return errors.Join(errs...)
}

func (s *Stage) downloadFrom(ctx context.Context, dir, repository string, from depot) error {
	ref, err := image.Parse(repository)
	if err != nil {
		return err
	}
	return s.take(ctx, dir, ref, from)
}

// take puts the database of an artifact in its place. The caller has the lock,
// so what an earlier download left half-way goes.
func (s *Stage) take(ctx context.Context, dir string, ref image.Reference, from depot) error {
	if err := removeAll(filepath.Join(dir, "download-*[0-9]")); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(dir, "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	fetcher := s.o.Fetcher
	fetcher.TempDir, fetcher.Cache = temp, s.o.Database.Blobs
	archive := filepath.Join(temp, "layer")
	got, err := fetcher.Artifact(ctx, ref, archive, from.layerType)
	if err != nil {
		return &gate.CheckError{Err: err, Hint: image.Hint(err, ref)}
	}
	return put(ctx, dir, archive, from, origin{Repository: ref.String(), Digest: got.Digest.String()})
}

// put unpacks a database, looks whether it is any good, and only then makes it
// the newest.
func put(ctx context.Context, dir, archive string, from depot, at origin) error {
	temp, err := os.MkdirTemp(dir, "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	fresh := filepath.Join(temp, "db")
	if err := unpack(ctx, archive, fresh, from.file); err != nil {
		return fmt.Errorf("unpacking %q: %w", at.Repository, err)
	}
	if _, err := from.inspect(fresh); err != nil {
		return fmt.Errorf("%q: %w", at.Repository, err)
	}
	return install(fresh, dir, from.file, at)
}

func removeAll(pattern string) error {
	names, err := filepath.Glob(pattern)
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

// install makes a checked database the newest. The one before it stays, because
// another run may be about to read it; older ones that nobody reads go.
func install(fresh, dir, file string, from origin) (err error) {
	if from.File, err = hashFile(filepath.Join(fresh, file)); err != nil {
		return err
	}
	before, _ := readOrigin(dir)
	from.Folder = filepath.Base(filepath.Dir(fresh)) + "-db"
	if err := os.Rename(fresh, filepath.Join(dir, from.Folder)); err != nil {
		return err
	}
	raw, err := json.Marshal(from)
	if err != nil {
		return err
	}
	temp := filepath.Join(dir, newest+".new")
	if err := os.WriteFile(temp, raw, 0o600); err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(dir, newest)); err != nil {
		return err
	}
	kept, err := filepath.Glob(filepath.Join(dir, "*-db"))
	for _, folder := range kept {
		if name := filepath.Base(folder); name != from.Folder && name != before.Folder && !inUse(filepath.Join(folder, file)) {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}
	return err
}

// inUse reports whether another run has a database open, which locks the file.
func inUse(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	return errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// unpack writes the two files of a database and nothing else.
func unpack(ctx context.Context, archive, dir, main string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	content := tar.NewReader(io.LimitReader(plain, maxUnpacked))
	for {
		header, err := content.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case header.Size > maxUnpacked:
			return fmt.Errorf("%q claims %d bytes", header.Name, header.Size)
		}
		name := path.Base(path.Clean(header.Name))
		if header.Typeflag != tar.TypeReg || name != main && name != "metadata.json" {
			continue
		}
		if err := writeFile(filepath.Join(dir, name), content); err != nil {
			return err
		}
	}
}

func writeFile(name string, content io.Reader) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Sync(), file.Close())
}
