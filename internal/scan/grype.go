package scan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	Env      []string // what it needs of the environment: proxies, certificates, where its database comes from
	Required bool     // what it cannot check is an error, and not a note
	// Database is the folder where it keeps its database; "": none is kept, and it
	// has to fetch one for each run of the stage.
	Database string
	Refused  error // why it must not be asked
}

// secondOpinion adds what Grype finds in the packages of a platform. A program
// that fails leaves the platform as the first scanner saw it, which is told.
func (s *Stage) secondOpinion(ctx context.Context, reference string, scan *scanned) {
	if s.o.Grype.Path == "" && !s.o.Grype.Required || scan.report.ArtifactName == "" || !s.vulnerable() {
		return
	}
	found, notes, err := s.askGrype(ctx, reference, scan)
	scan.notes = append(scan.notes, notes...)
	switch {
	case err == nil:
		scan.second, notes = found.merge(&scan.report)
		scan.notes = append(scan.notes, notes...)
	case s.o.Grype.Required:
		scan.err = errors.Join(scan.err, fmt.Errorf("no second opinion: %w", err))
	default:
		scan.notes = append(scan.notes, fmt.Sprintf("no second opinion: %v", err))
	}
}

func (s *Stage) askGrype(ctx context.Context, reference string, scan *scanned) (report grypeReport, notes []string, err error) {
	switch {
	case s.o.Grype.Refused != nil:
		return grypeReport{}, nil, s.o.Grype.Refused
	case s.o.Grype.Path == "":
		return grypeReport{}, nil, errors.New("grype is not installed")
	}
	listed, err := inventory(scan.report, reference)
	if err != nil {
		return grypeReport{}, nil, err
	}
	bom, err := marshalCycloneDX(ctx, listed, toolVersions{trivy: trivyVersion(), portcullis: s.o.Version})
	if err != nil {
		return grypeReport{}, nil, fmt.Errorf("making its SBOM: %w", err)
	}
	dir, err := os.MkdirTemp(s.o.Fetcher.TempDir, "portcullis-grype-")
	if err != nil {
		return grypeReport{}, nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "bom.cdx.json"), bom, 0o600); err != nil {
		return grypeReport{}, nil, err
	}
	out, log, err := s.runGrype(ctx, dir)
	if err != nil {
		return grypeReport{}, nil, err
	}
	if report, err = parseGrype(out); err == nil {
		notes, err = warnings(log)
	}
	if err == nil {
		err = report.competent(listed)
	}
	if err != nil {
		return grypeReport{}, notes, err
	}
	return report, append(notes, report.said()), nil
}

// runGrype runs the program in a folder of its own, without a shell, a
// configuration and what else the environment holds. An SBOM has no CPEs; Grype
// derives them, as it does where it reads an image itself.
func (s *Stage) runGrype(ctx context.Context, dir string) (out, log []byte, err error) {
	database, err := s.grypeDatabase()
	if err != nil {
		return nil, nil, err
	}
	return subprocess.Streams(ctx, subprocess.Command{
		Name: "grype", Path: s.o.Grype.Path, Dir: dir,
		Args: []string{"sbom:bom.cdx.json", "-o", "json", "--add-cpes-if-none"},
		Env: append(slices.Clone(s.o.Grype.Env),
			"HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CONFIG_DIRS="+dir, "TMPDIR="+dir, "LC_ALL=C.UTF-8", "NO_COLOR=1",
			"GRYPE_CHECK_FOR_APP_UPDATE=false", "GRYPE_EXTERNAL_SOURCES_ENABLE=false",
			"GRYPE_DB_CACHE_DIR="+database, "GRYPE_DB_VALIDATE_BY_HASH_ON_START=true",
			"GRYPE_DB_VALIDATE_AGE=true", "GRYPE_DB_MAX_ALLOWED_BUILT_AGE="+s.o.Database.MaxAge.String(),
			fmt.Sprintf("GRYPE_DB_AUTO_UPDATE=%t", !s.o.Offline),
		),
		Time: grypeTime, Output: grypeOutput,
	})
}

// grypeDatabase is the folder with the database. One that is not kept serves all
// platforms of a run.
func (s *Stage) grypeDatabase() (string, error) {
	if s.o.Grype.Database != "" {
		return s.o.Grype.Database, nil
	}
	var err error
	if s.grypeTemp == "" {
		s.grypeTemp, err = os.MkdirTemp(s.o.Fetcher.TempDir, "portcullis-grype-db-")
	}
	return s.grypeTemp, err
}

// forgetGrype removes a database that is not kept.
func (s *Stage) forgetGrype() error {
	if s.grypeTemp == "" {
		return nil
	}
	err := os.RemoveAll(s.grypeTemp)
	s.grypeTemp = ""
	return err
}

// harmless are the warnings after which an answer of Grype is still whole: its
// database could not be renewed, but is not too old; or it may say too much.
var harmless = []string{
	"unable to check for vulnerability database update", "error updating db", "new version of grype is available", "go binary packages were found",
}

// warnings reads the log of Grype, which looks at the next package after most
// that goes wrong with one, and ends with success. Harmless ones are notes, all
// others an error.
func warnings(log []byte) (notes []string, err error) {
	var errs []error
	for line := range strings.Lines(string(log)) {
		text := strings.TrimSpace(line)
		if _, after, ok := strings.Cut(text, "]"); ok && strings.HasPrefix(text, "[") { // "[0000]  WARN what"
			text = strings.TrimSpace(after)
		}
		level, what, _ := strings.Cut(text, " ")
		what = strings.TrimSpace(what)
		switch {
		case text == "":
		case level != "WARN" && level != "ERROR":
			notes = append(notes, "grype: "+text)
		case slices.ContainsFunc(harmless, func(h string) bool { return strings.HasPrefix(what, h) }):
			notes = append(notes, "grype: "+what)
		default:
			errs = append(errs, fmt.Errorf("grype warns: %s", what))
		}
	}
	if len(log) >= subprocess.MaxComplaint {
		errs = append(errs, errors.New("grype warns of more than can be read"))
	}
	return slices.Compact(notes), errors.Join(errs...)
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
