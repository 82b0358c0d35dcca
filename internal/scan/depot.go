package scan

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// vulnerabilities returns where the vulnerability database of this run comes
// from.
func (s *Stage) vulnerabilities() depot {
	from := vulnerabilityDepot
	if s.o.Database.Repository != "" {
		from.repositories = []string{s.o.Database.Repository}
	}
	from.inspect = func(dir string) (dates, error) {
		d, err := checkDatabase(dir, s.o.Now(), s.o.Database.MaxAge, false)
		if err != nil {
			return dates{}, err
		}
		meta, err := readMetadata(dir)
		return dates{updated: meta.UpdatedAt, next: meta.NextUpdate}, errors.Join(err, d.close())
	}
	return from
}

// javaArchives returns where the database of Java archives of this run comes
// from.
func (s *Stage) javaArchives() depot {
	from := javaDepot
	if s.o.Database.JavaRepository != "" {
		from.repositories = []string{s.o.Database.JavaRepository}
	}
	from.inspect = func(dir string) (dates, error) {
		meta, err := checkJava(dir, s.o.Now())
		return dates{updated: meta.UpdatedAt, next: meta.NextUpdate}, err
	}
	return from
}

// fetchHint is the command that fetches a database for a run without a network.
func (s *Stage) fetchHint(java bool) string {
	kind, config := "", ""
	if java {
		kind = " --java"
	}
	if named := s.o.Config; named != "portcullis.yaml" && named != "defaults" {
		config = " --config " + named // which says where it is kept
	}
	return fmt.Sprintf("run `portcullis db update%s%s` where there is a network, or carry one over with `portcullis db export%s%s FILE` and `portcullis db import%s FILE`",
		kind, config, kind, config, config)
}

// readOnly reports whether a folder cannot be written to.
func readOnly(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EACCES)
}

// full reports whether there is no room left.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// unwritable adds to an error what to do about a folder.
func unwritable(err error) error {
	switch {
	case readOnly(err):
		return &gate.CheckError{Err: err, Hint: "set XDG_CACHE_HOME to a folder that can be written to"}
	case full(err):
		return &gate.CheckError{Err: err, Hint: "make room, or set XDG_CACHE_HOME to a folder with more of it"}
	}
	return err
}

// openUnwritable opens the kept database of a folder that cannot be written to,
// such as one that was put into a container image.
func (s *Stage) openUnwritable(dir string, cause error) (*database, error) {
	d, err := s.openKept(dir)
	if err != nil {
		return nil, unwritable(fmt.Errorf("%w, and there is no usable database in it: %w", cause, err))
	}
	if !s.current(d.dir) {
		d.notes = append(d.notes, fmt.Sprintf("the vulnerability database was not updated, the one of %s was used: %v",
			d.provenance.UpdatedAt.Format(time.RFC3339), cause))
	}
	return d, nil
}
