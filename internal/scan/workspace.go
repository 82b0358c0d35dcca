package scan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	tdb "github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy/pkg/cache"
	"github.com/aquasecurity/trivy/pkg/clock"
	"github.com/aquasecurity/trivy/pkg/fanal/analyzer"
	"github.com/aquasecurity/trivy/pkg/fanal/applier"
	artlocal "github.com/aquasecurity/trivy/pkg/fanal/artifact/local"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/fanal/walker"
	"github.com/aquasecurity/trivy/pkg/scan"
	"github.com/aquasecurity/trivy/pkg/scan/langpkg"
	"github.com/aquasecurity/trivy/pkg/scan/local"
	"github.com/aquasecurity/trivy/pkg/scan/ospkg"
	"github.com/aquasecurity/trivy/pkg/types"
	"github.com/aquasecurity/trivy/pkg/vulnerability"
	xio "github.com/aquasecurity/trivy/pkg/x/io"
	xos "github.com/aquasecurity/trivy/pkg/x/os"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// scanWorkspace adds what the lock files of the workspace bring, and returns
// where each package is named.
func (s *Stage) scanWorkspace(ctx context.Context, e *engine, res *gate.Result) (*lockIndex, error) {
	if !s.locked() {
		return nil, nil
	}
	dir, err := os.MkdirTemp(s.o.Fetcher.TempDir, "portcullis-lock-files-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	dir = filepath.Join(dir, "tree") // a project looks for its parent one folder up
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	names, errs := s.locks.copyTo(s.o.Tree, dir)
	errs = slices.Concat(s.locks.errs, errs)
	report, logged, failed := e.scanLockFiles(ctx, dir, names, s.locks.with)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	errs = slices.Concat(errs, failed, logged.incomplete)
	for _, file := range logged.unparsed {
		errs = append(errs, unread(file.path, errors.New(strings.ReplaceAll(file.cause, dir+string(filepath.Separator), ""))))
	}
	if err := s.canary(report, false); err != nil {
		errs = append(errs, err)
	}
	index := newLockIndex(s.o.Tree, report)
	t := translation{options: &s.o, locate: index.locate, via: index.via, vex: s.vex}
	res.Findings = append(res.Findings, t.findings([]scanned{{report: report}})...)
	res.Checked.Files += len(names)
	res.Checked.Packages += packages(report)
	res.Notes = slices.Concat(res.Notes, logged.notes, unsupported(report), unversioned(report), s.unlocked(names, report), s.locks.leftOut())
	return index, errors.Join(errs...)
}

// scanLockFiles scans the copies of the lock files. Where one of them cannot be
// parsed the scanner gives up: then each is scanned alone, so that it does not
// hide the others.
func (e *engine) scanLockFiles(ctx context.Context, dir string, names, with []string) (types.Report, logged, []error) {
	report, kept, err := e.scanFiles(ctx, dir, slices.Concat(names, with))
	if err == nil || ctx.Err() != nil {
		return report, kept, nil
	}
	var errs []error
	var merged types.Report
	for _, name := range names {
		beside := slices.DeleteFunc(slices.Clone(with), func(w string) bool { return path.Dir(w) != path.Dir(name) })
		report, more, err := e.scanFiles(ctx, dir, append(beside, name))
		if err != nil {
			errs = append(errs, unread(name, err))
			continue
		}
		merged.Results = append(merged.Results, report.Results...)
		kept.incomplete = append(kept.incomplete, more.incomplete...)
		kept.unparsed = append(kept.unparsed, more.unparsed...)
		kept.notes = append(kept.notes, more.notes...)
	}
	return merged, kept, errs
}

// scanFiles scans these files of a folder, and no other.
func (e *engine) scanFiles(ctx context.Context, dir string, names []string) (types.Report, logged, error) {
	e.log.reset()
	if err := os.MkdirAll(xos.TempDir(), 0o700); err != nil {
		return types.Report{}, logged{}, err
	}
	option := e.artifactOption()
	// What a file only allows, such as the oldest Go that will do, says nothing
	// about what is used.
	option.DetectionPriority = ftypes.PriorityPrecise
	option.DisabledAnalyzers = slices.Concat(analyzer.TypeConfigFiles, analyzer.TypeIndividualPkgs, []analyzer.Type{
		analyzer.TypeSecret, analyzer.TypeLicenseFile, analyzer.TypeSBOM,
	})
	memory := &repairing{MemoryCache: cache.NewMemoryCache()}
	options := e.scanOptions()
	options.PkgTypes, options.Scanners = []string{types.PkgTypeLibrary}, types.Scanners{types.VulnerabilityScanner}
	var report types.Report
	err := sealed(func() error {
		art, err := artlocal.NewArtifact(dir, memory, listed(names), option)
		if err != nil {
			return err
		}
		service := scan.NewService(local.NewService(applier.NewApplier(memory), ospkg.NewScanner(), langpkg.NewScanner(),
			vulnerability.NewClient(tdb.Config{})), art)
		report, err = service.ScanArtifact(clock.With(ctx, e.options.Now()), options)
		return err
	})
	for i := range report.Results {
		report.Results[i].Packages = withoutModuleCache(report.Results[i])
	}
	return report, e.log.take(), err
}

// withoutModuleCache drops what go.mod does not say: which module needs which
// comes from the module cache of this machine, if it has one.
func withoutModuleCache(r types.Result) []ftypes.Package {
	if r.Type != ftypes.GoModule {
		return r.Packages
	}
	all := slices.Clone(r.Packages)
	for i := range all {
		all[i].DependsOn = nil
	}
	return all
}

// listed walks over a list of files, in its order.
type listed []string

// Walk calls fn for each file below root.
func (l listed) Walk(root string, _ walker.Option, fn walker.WalkFunc) error {
	for _, name := range l {
		full := filepath.Join(root, filepath.FromSlash(name))
		info, err := os.Lstat(full)
		if errors.Is(err, os.ErrNotExist) {
			continue // a companion that could not be read
		}
		if err != nil {
			return err
		}
		open := func() (xio.ReadSeekCloserAt, error) { return os.Open(full) }
		if err := fn(name, info, open); err != nil {
			return err
		}
	}
	return nil
}

// unpinned is a line of requirements.txt that names a package without its exact
// version.
var unpinned = regexp.MustCompile(`(?m)^[ \t]*[A-Za-z0-9][A-Za-z0-9._-]*[ \t]*(\[[^\]\n]*\])?[ \t]*([<>~!;@#].*|=?[<>~].*)?\r?$`)

// unlocked says which files name packages without saying which version is used.
func (s *Stage) unlocked(names []string, report types.Report) []string {
	var notes, empty, maven []string
	for _, name := range names {
		raw, _ := s.o.Tree.ReadFile(name) // it was read before
		switch n := len(unpinned.FindAll(raw, -1)); {
		case path.Base(name) == "requirements.txt" && n > 0:
			notes = append(notes, fmt.Sprintf("%s: %d packages without an exact version were not checked", name, n))
		case path.Base(name) == "pom.xml":
			maven = append(maven, name)
		case !slices.ContainsFunc(report.Results, func(r types.Result) bool { return r.Target == name }):
			empty = append(empty, name)
		}
	}
	if len(empty) > 0 {
		notes = append(notes, "no package to check was found in "+strings.Join(empty, ", "))
	}
	if len(maven) > 0 {
		notes = append(notes, "what the packages of a pom.xml bring themselves, and versions that a parent elsewhere sets, are not known without "+
			"a network: "+strings.Join(maven, ", "))
	}
	return notes
}

// locked reports whether lock files are to be scanned.
func (s *Stage) locked() bool {
	return len(s.locks.names)+len(s.locks.errs) > 0 && s.vulnerable()
}

// idle says why there is nothing to scan; "" where there is.
func (s *Stage) idle() string {
	secretsOnly := s.o.Workspace && !s.vulnerable()
	switch {
	case len(s.fetched) > 0, s.locked(), secretsOnly:
		return ""
	case s.o.Workloads != nil:
		return "no workload in the tree names an image"
	case s.o.Workspace:
		return "no image was named, and the tree has no lock file"
	}
	return "no image was named"
}

// implied adds to the hint of an error how to do without a database, where only
// the lock files of the tree asked for one.
func (s *Stage) implied(err error) error {
	var check *gate.CheckError
	if len(s.fetched) > 0 || !errors.As(err, &check) {
		return err
	}
	return &gate.CheckError{
		Location: check.Location, Err: fmt.Errorf("the lock files of the workspace were not checked: %w", check.Err),
		Hint: check.Hint + "; or leave the workspace out with `scan: {workspace: false}`",
	}
}
