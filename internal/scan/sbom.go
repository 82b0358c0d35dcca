package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aquasecurity/trivy/pkg/clock"
	"github.com/aquasecurity/trivy/pkg/types"
	"github.com/google/uuid"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// Formats of an SBOM.
const (
	CycloneDX = "cyclonedx" // 1.6, as JSON
	SPDX      = "spdx"      // 2.3, as JSON
)

// A bomFormat makes the bytes of an SBOM from what a scan found.
type bomFormat struct {
	suffix  string
	marshal func(ctx context.Context, report types.Report, tools toolVersions) ([]byte, error)
}

var bomFormats = map[string]bomFormat{
	CycloneDX: {suffix: ".cdx.json", marshal: marshalCycloneDX},
	SPDX:      {suffix: ".spdx.json", marshal: marshalSPDX},
}

// toolVersions are the versions of what makes an SBOM.
type toolVersions struct{ trivy, portcullis string }

// SBOM returns the SBOM of a platform that Run scanned, by its digest.
func (s *Stage) SBOM(digest string) ([]byte, bool) {
	s.closing.Lock()
	defer s.closing.Unlock()
	content, ok := s.boms[digest]
	return content, ok
}

// describe makes the SBOM of a platform, if one is wanted and all was read.
func (s *Stage) describe(ctx context.Context, reference string, scan *scanned) {
	format, wanted := bomFormats[s.o.SBOM]
	linked := s.vex != nil && s.vex.linked
	if !wanted && !linked || scan.err != nil || scan.report.ArtifactName == "" {
		return
	}
	report, err := inventory(scan.report, reference)
	// The date of the image and not of the run: an image has one SBOM.
	ctx = clock.With(ctx, created(report))
	tools := toolVersions{trivy: trivyVersion(), portcullis: s.o.Version}
	if err == nil && linked {
		scan.serial, err = serialOf(ctx, report, tools)
	}
	if err == nil && wanted {
		var content []byte
		if content, err = format.marshal(ctx, report, tools); err == nil {
			scan.bom, err = s.keep(scan.platform, reference, format.suffix, content)
		}
	}
	if err != nil {
		scan.err = fmt.Errorf("making its SBOM: %w", err)
	}
}

// keep remembers an SBOM, and writes it where it is wanted.
func (s *Stage) keep(p image.Platform, reference, suffix string, content []byte) (*gate.SBOM, error) {
	sum := sha256.Sum256(content)
	bom := &gate.SBOM{Format: s.o.SBOM, Digest: "sha256:" + hex.EncodeToString(sum[:])}
	if s.o.SBOMDir != "" {
		name := bomName(reference, p) + suffix
		if err := writeInto(s.o.SBOMDir, name, content); err != nil {
			return nil, err
		}
		bom.File = filepath.ToSlash(filepath.Join(s.o.SBOMDir, name))
	}
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.boms == nil {
		s.boms = map[string][]byte{}
	}
	s.boms[p.Digest.String()] = content
	return bom, nil
}

// writeInto writes a file of a folder so that it is complete or not there.
func writeInto(dir, name string, content []byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	partial := "." + name + ".partial"
	if err := root.WriteFile(partial, content, 0o644); err != nil {
		return err
	}
	return root.Rename(partial, name)
}

// bomName is the name of a platform's SBOM without its suffix: that of the
// image, the platform, and the beginning of the digest, which makes it the only
// one.
func bomName(reference string, p image.Platform) string {
	named := reference
	if repository, ok := repositoryOf(reference); ok {
		named = repository
	}
	named = path.Base(strings.TrimRight(filepath.ToSlash(named), "/"))
	if i := strings.LastIndexByte(named, ':'); i >= 0 {
		named = named[i+1:]
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, named+"_"+p.Name)
	return fmt.Sprintf("%s_%.12s", strings.TrimLeft(plain, ".-_"), p.Digest.Hex)
}

// repositoryOf is the repository of a reference, if it is in a registry.
func repositoryOf(reference string) (string, bool) {
	ref, err := image.Parse(reference)
	if err != nil {
		return "", false
	}
	repository, ok := ref.Repository()
	return repository.Name(), ok
}

// inventory is what an SBOM is made from: the packages of a platform, and as
// their subject the platform's own digest.
func inventory(report types.Report, reference string) (types.Report, error) {
	digest := report.ArtifactName
	if repository, ok := repositoryOf(reference); ok {
		report.Metadata.RepoDigests = []string{repository + "@" + digest}
		report.ArtifactName = repository
	}
	results := report.Results
	report.Results = nil
	for _, r := range results {
		if r.Class == types.ClassOSPkg || r.Class == types.ClassLangPkg {
			r.Vulnerabilities = nil
			report.Results = append(report.Results, complete(r, report.Metadata.OS))
		}
	}
	if len(report.Results) == 0 {
		return report, fmt.Errorf("there are no packages in %s", digest)
	}
	return report, nil
}

// created is the date that an image gives itself.
func created(report types.Report) time.Time {
	if t := report.Metadata.ImageConfig.Created.UTC(); t.Year() >= 1970 && t.Year() < 10000 {
		return t.Truncate(time.Second)
	}
	return time.Unix(0, 0).UTC()
}

// named returns the UUID of a text: the same for the same text.
func named(text []byte) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, text) }

// trivyVersion is the version of Trivy that is linked.
func trivyVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/aquasecurity/trivy" {
				return strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return "unknown"
}
