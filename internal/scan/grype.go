package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/portcullis-ci/portcullis/internal/subprocess"
)

// The limits of a run of Grype.
const (
	grypeTime   = 5 * time.Minute
	grypeOutput = 256 << 20
)

// Grype is a second scanner, which reads the SBOM of each platform.
type Grype struct {
	Path     string   // of the program; "": there is no second opinion
	Env      []string // what it needs of the environment: proxies, certificates
	Required bool     // what it cannot check is an error, and not a note
}

// secondOpinion adds what Grype finds in the packages of a platform. A program
// that fails leaves the platform as the first scanner saw it, which is told.
func (s *Stage) secondOpinion(ctx context.Context, reference string, scan *scanned) {
	if s.o.Grype.Path == "" && !s.o.Grype.Required || scan.report.ArtifactName == "" || !slices.Contains(s.o.Scanners, Vulnerabilities) {
		return
	}
	found, err := s.askGrype(ctx, reference, scan)
	switch {
	case err == nil:
		scan.second = found.merge(&scan.report)
	case s.o.Grype.Required:
		scan.err = errors.Join(scan.err, fmt.Errorf("no second opinion: %w", err))
	default:
		scan.notes = append(scan.notes, fmt.Sprintf("no second opinion: %v", err))
	}
}

func (s *Stage) askGrype(ctx context.Context, reference string, scan *scanned) (grypeReport, error) {
	if s.o.Grype.Path == "" {
		return grypeReport{}, errors.New("grype is not installed")
	}
	report, err := inventory(scan.report, reference)
	if err != nil {
		return grypeReport{}, err
	}
	bom, err := marshalCycloneDX(ctx, report, toolVersions{trivy: trivyVersion(), portcullis: s.o.Version})
	if err != nil {
		return grypeReport{}, fmt.Errorf("making its SBOM: %w", err)
	}
	dir, err := os.MkdirTemp(s.o.Fetcher.TempDir, "portcullis-grype-")
	if err != nil {
		return grypeReport{}, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "bom.cdx.json"), bom, 0o600); err != nil {
		return grypeReport{}, err
	}
	out, err := s.runGrype(ctx, dir)
	if err != nil {
		return grypeReport{}, err
	}
	return parseGrype(out)
}

// runGrype runs the program in a folder of its own, without a shell, a
// configuration and what else the environment holds.
func (s *Stage) runGrype(ctx context.Context, dir string) ([]byte, error) {
	database := filepath.Join(dir, "db")
	if s.o.Database.CacheDir != "" {
		database = filepath.Join(s.o.Database.CacheDir, "grype-db")
	}
	return subprocess.Run(ctx, subprocess.Command{
		Name: "grype", Path: s.o.Grype.Path, Args: []string{"sbom:bom.cdx.json", "-o", "json", "--quiet"}, Dir: dir,
		Env: append([]string{
			"HOME=" + dir, "TMPDIR=" + dir, "LC_ALL=C.UTF-8", "GRYPE_CHECK_FOR_APP_UPDATE=false", "GRYPE_DB_CACHE_DIR=" + database,
			fmt.Sprintf("GRYPE_DB_AUTO_UPDATE=%t", !s.o.Offline),
		}, s.o.Grype.Env...),
		Time: grypeTime, Output: grypeOutput,
	})
}

// parseGrype reads the output of Grype.
func parseGrype(raw []byte) (grypeReport, error) {
	var r grypeReport
	if err := json.Unmarshal(raw, &r); err != nil {
		return grypeReport{}, fmt.Errorf("parsing the output of grype: %w", err)
	}
	if r.Descriptor.Name != "grype" || r.Matches == nil {
		return grypeReport{}, errors.New("parsing the output of grype: it is not a report of grype")
	}
	return r, nil
}

// foundBy says who found a vulnerability of a package, where two looked.
func (s scanned) foundBy(id, name, version string) []string {
	if s.second == nil {
		return nil
	}
	switch s.second[grypeKey{id: id, name: name, version: version}] {
	case agreed:
		return []string{"grype", "trivy"}
	case grypeOnly:
		return []string{"grype"}
	}
	return []string{"trivy"}
}
