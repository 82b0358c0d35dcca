package scan

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	fixtures "github.com/aquasecurity/bolt-fixtures"
	tdb "github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
)

// BuildDatabase makes a small vulnerability database in dir from the YAML files
// of files, each a list of buckets with keys and values. It is dated updated.
func BuildDatabase(dir string, files fs.FS, updated time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(dir, "fixtures-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := os.CopyFS(temp, files); err != nil {
		return fmt.Errorf("reading the buckets: %w", err)
	}
	names, err := filepath.Glob(filepath.Join(temp, "*.yaml"))
	if err != nil {
		return err
	}
	loader, err := fixtures.New(tdb.Path(dir), names)
	if err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	// A database for a demo need not survive a power cut.
	loader.DB().NoSync = true
	if err := loader.Load(); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	if err := loader.Close(); err != nil {
		return fmt.Errorf("making the database: %w", err)
	}
	return metadata.NewClient(dir).Update(metadata.Metadata{
		Version: tdb.SchemaVersion, UpdatedAt: updated, NextUpdate: updated.Add(24 * time.Hour), DownloadedAt: updated,
	})
}
