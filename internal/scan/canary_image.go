package scan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	tdb "github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy/pkg/fanal/applier"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/scan/langpkg"
	"github.com/aquasecurity/trivy/pkg/scan/local"
	"github.com/aquasecurity/trivy/pkg/scan/ospkg"
	"github.com/aquasecurity/trivy/pkg/types"
	"github.com/aquasecurity/trivy/pkg/vulnerability"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// prove returns an error for each kind of packages of a report for which the
// engine, as it is set up, does not find vulnerabilities that the database
// knows: it scans a small image of such packages, once for each kind. Kinds whose
// files cannot be made in a few lines, binaries and RPM's database, are handed to
// the engine as packages, behind what reads files.
func (s *Stage) prove(ctx context.Context, e *engine, report types.Report) error {
	var errs []error
	for _, r := range report.Results {
		k := kindOf(report, r)
		if k == "" {
			continue
		}
		err, known := e.proved[k]
		if !known {
			err = s.proveKind(ctx, e, report, r)
			e.proved[k] = err
		}
		if err != nil && !slices.Contains(errs, err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// kindOf names a kind of packages: a type of language packages, or a release of
// an operating system. "" is one that has no advisories.
func kindOf(report types.Report, r types.Result) string {
	switch {
	case r.Class == types.ClassLangPkg && ecosystem(r.Type) != "":
		return string(r.Type)
	case r.Class == types.ClassOSPkg && len(r.Packages) > 0:
		return osName(report)
	}
	return ""
}

func (s *Stage) proveKind(ctx context.Context, e *engine, report types.Report, r types.Result) error {
	var canaries []canary
	var files fstest.MapFS
	if r.Class == types.ClassOSPkg {
		os := *report.Metadata.OS
		switch bucket, ok := osBucket(os); {
		case bucket == redHat:
			canaries = s.database.names(bucket)
		case ok:
			canaries = s.database.draw(bucket, oldest(os.Family))
		}
		files = osFiles(os, canaries)
	} else {
		canaries = s.database.draw(ecosystem(r.Type)+"::", "0.0.1")
		files = langFiles(r.Type, canaries)
	}
	if len(canaries) == 0 {
		return nil // that there are advisories at all is checked elsewhere
	}
	found, err := e.find(ctx, report, r, canaries, files)
	switch {
	case err != nil:
		return fmt.Errorf("scanning packages of %s with known vulnerabilities: %w", kindOf(report, r), err)
	case found == 0:
		return fmt.Errorf("the scanner does not work for %s: of %d packages with vulnerabilities that the database knows it found none, such as %s %s",
			kindOf(report, r), len(canaries), canaries[0].name, canaries[0].version)
	}
	return nil
}

// find returns how many vulnerabilities the engine finds in packages: in files,
// if there are any.
func (e *engine) find(ctx context.Context, report types.Report, r types.Result, canaries []canary, files fstest.MapFS) (n int, err error) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // nobody asked for this scan
	defer slog.SetDefault(slog.New(e.log))
	var results types.Results
	if files != nil {
		var img v1.Image
		if img, err = image.FromFS(files, v1.Platform{OS: "linux", Architecture: "amd64"}, time.Unix(0, 0)); err != nil {
			return 0, err
		}
		var made types.Report
		made, _, err = e.scanImage(ctx, layoutImage{Image: img, name: "canary"})
		results = made.Results
	} else {
		service := local.NewService(applier.NewApplier(e.cache), ospkg.NewScanner(), langpkg.NewScanner(), vulnerability.NewClient(tdb.Config{}))
		results, _, err = service.ScanTarget(ctx, asPackages(report, r, canaries), e.scanOptions())
	}
	for _, result := range results {
		n += len(result.Vulnerabilities)
	}
	return n, err
}

// asPackages is what the engine gets to compare, without files.
func asPackages(report types.Report, r types.Result, canaries []canary) types.ScanTarget {
	var packages ftypes.Packages
	for _, c := range canaries {
		packages = append(packages, ftypes.Package{
			BuildInfo: buildInfo(r),
			ID:        c.name + "@" + c.version, Name: c.name, Version: c.version, Release: "0", Arch: "x86_64",
			SrcName: c.name, SrcVersion: c.version, SrcRelease: "0",
		})
	}
	if r.Class == types.ClassOSPkg {
		return types.ScanTarget{Name: "canary", OS: *report.Metadata.OS, Packages: packages}
	}
	for i := range packages {
		packages[i].Release, packages[i].Arch = "", ""
		if r.Type == ftypes.GoBinary || r.Type == ftypes.GoModule {
			packages[i].Version = "v" + strings.TrimPrefix(packages[i].Version, "v")
		}
	}
	return types.ScanTarget{Name: "canary", Applications: []ftypes.Application{{Type: r.Type, Packages: packages}}}
}

// buildInfo says from which repositories of Red Hat the packages of an image are,
// which decides about their advisories; nil where the image does not say it.
func buildInfo(r types.Result) *ftypes.BuildInfo {
	for _, p := range r.Packages {
		if p.BuildInfo != nil {
			return p.BuildInfo
		}
	}
	return nil
}
