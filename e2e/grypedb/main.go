// Grypedb writes a vulnerability database of Grype from a few records, for the tests that run the real program on it.
// It is a module of its own, so that Grype is not linked into portcullis.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
)

// A record is a vulnerability as one provider tells it, and what it affects.
type record struct {
	Provider    string   `json:"provider"`
	ID          string   `json:"id"`
	Aliases     []string `json:"aliases"`
	Severity    string   `json:"severity"`
	CVSS        string   `json:"cvss"` // a vector of version 3.1
	Description string   `json:"description"`
	URL         string   `json:"url"`

	// OS, such as "alpine 3.22" or "debian 12 bookworm", is empty for packages of a language.
	OS       string     `json:"os"`
	CPE      *product   `json:"cpe"` // in place of packages
	Packages []affected `json:"packages"`
}

// A product is what NVD calls a program.
type product struct {
	Vendor     string `json:"vendor"`
	Product    string `json:"product"`
	Constraint string `json:"constraint"`
}

// An affected package is one with a version that Constraint covers.
type affected struct {
	Ecosystem  string `json:"ecosystem"` // apk, deb, npm, go-module, …
	Name       string `json:"name"`
	Format     string `json:"format"` // of versions: apk, dpkg, semver
	Constraint string `json:"constraint"`
	Fixed      string `json:"fixed"`
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: grypedb RECORDS DATE DIR")
		os.Exit(2)
	}
	if err := build(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "grypedb:", err)
		os.Exit(1)
	}
}

// build writes the records of a file to a database of a date, which `grype db import` takes.
func build(file, date, dir string) error {
	built, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var records []record
	if err := json.Unmarshal(raw, &records); err != nil {
		return fmt.Errorf("parsing %q: %w", file, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	store, err := v6.NewWriter(v6.Config{DBDirPath: dir, CacheSizeKiB: 1 << 10})
	if err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	for _, r := range records {
		if err := r.add(store, built); err != nil {
			return fmt.Errorf("adding %s: %w", r.ID, err)
		}
	}
	if err := store.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return redate(filepath.Join(dir, v6.VulnerabilityDBFileName), built)
}

// redate gives a database the date of its making, which the writer takes from the clock.
func redate(file string, built time.Time) error {
	db, err := v6.NewLowLevelDB(file, false, true, false)
	if err != nil {
		return fmt.Errorf("opening %q: %w", file, err)
	}
	if err := db.Model(&v6.DBMetadata{}).Where("true").Update("build_timestamp", built.UTC()).Error; err != nil {
		return fmt.Errorf("dating the database: %w", err)
	}
	inner, err := db.DB()
	if err != nil {
		return err
	}
	return inner.Close()
}
