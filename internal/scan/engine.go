package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	tdb "github.com/aquasecurity/trivy-db/pkg/db"
	dbtypes "github.com/aquasecurity/trivy-db/pkg/types"
	"github.com/aquasecurity/trivy/pkg/cache"
	"github.com/aquasecurity/trivy/pkg/clock"
	trivydb "github.com/aquasecurity/trivy/pkg/db"
	"github.com/aquasecurity/trivy/pkg/fanal/analyzer"
	"github.com/aquasecurity/trivy/pkg/fanal/applier"
	"github.com/aquasecurity/trivy/pkg/fanal/artifact"
	artimage "github.com/aquasecurity/trivy/pkg/fanal/artifact/image"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/javadb"
	"github.com/aquasecurity/trivy/pkg/scan"
	"github.com/aquasecurity/trivy/pkg/scan/langpkg"
	"github.com/aquasecurity/trivy/pkg/scan/local"
	"github.com/aquasecurity/trivy/pkg/scan/ospkg"
	"github.com/aquasecurity/trivy/pkg/types"
	"github.com/aquasecurity/trivy/pkg/vulnerability"
	xos "github.com/aquasecurity/trivy/pkg/x/os"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/portcullis-ci/portcullis/internal/image"
)

// process guards what Trivy has once in a process: its database and its log.
var process sync.Mutex

// An engine is Trivy with a database, ready to scan. It calls the packages
// behind Trivy's commands and not the commands: those check for new versions,
// send telemetry and download what they miss.
type engine struct {
	options  *Options
	cache    *cache.MemoryCache // layers that platforms share are analysed once, those of which nothing was said
	log      *capture
	restore  *slog.Logger
	unbound  func() // gives the process its memory limit back
	hasVulns bool
	proved   map[string]error // kinds of packages, by the name that kindOf gives
	java     bool             // there is a database of Java archives
}

// startEngine waits until no other scan runs. The caller must close the engine.
func (s *Stage) startEngine() (*engine, error) {
	process.Lock()
	e := &engine{
		options: &s.o, cache: cache.NewMemoryCache(), log: newCapture(s.o.Log), restore: slog.Default(),
		unbound: boundMemory(), proved: map[string]error{},
	}
	slog.SetDefault(slog.New(e.log))
	e.useJava(filepath.Join(xos.TempDir(), "none"), false)
	if s.database == nil {
		return e, nil
	}
	e.hasVulns = true
	if err := trivydb.Init(s.database.dir); err != nil {
		e.hasVulns = false
		e.close()
		return nil, fmt.Errorf("opening the vulnerability database: %w", err)
	}
	return e, nil
}

// useJava says where the database of Java archives is. Trivy keeps the folder for
// the process; it is told not to download anything into it.
func (e *engine) useJava(dir string, there bool) {
	javadb.Init(dir, nil, true, true, ftypes.RegistryOptions{})
	e.java = there
}

// close lets the next scan run. Trivy's own default log keeps every record in
// memory until somebody flushes it, so that one is not put back.
func (e *engine) close() {
	if e.hasVulns {
		if err := trivydb.Close(); err != nil {
			e.options.Log.Warn("closing the vulnerability database", "err", err)
		}
	}
	if isDeferred(e.restore) {
		e.restore = slog.New(slog.DiscardHandler)
	}
	slog.SetDefault(e.restore)
	e.unbound()
	if err := os.Remove(xos.TempDir()); err != nil && !errors.Is(err, os.ErrNotExist) {
		e.options.Log.Debug("removing the temporary folder of the scanner", "err", err)
	}
	process.Unlock()
}

// scan scans the verified layout of one platform.
func (e *engine) scan(ctx context.Context, p image.Platform) (types.Report, logged, error) {
	img, err := openLayout(p)
	if err != nil {
		return types.Report{}, logged{}, err
	}
	return e.scanImage(ctx, img)
}

func (e *engine) scanImage(ctx context.Context, img layoutImage) (types.Report, logged, error) {
	e.log.reset()
	// Trivy keeps one folder for the process, which close removes.
	if err := os.MkdirAll(xos.TempDir(), 0o700); err != nil {
		return types.Report{}, logged{}, err
	}
	var art artifact.Artifact
	err := sealed(func() (err error) {
		art, err = artimage.NewArtifact(img, e.cache, e.artifactOption())
		return err
	})
	if err != nil {
		return types.Report{}, logged{}, err
	}
	service := scan.NewService(local.NewService(applier.NewApplier(e.cache), ospkg.NewScanner(), langpkg.NewScanner(),
		vulnerability.NewClient(tdb.Config{})), art)
	report, err := service.ScanArtifact(clock.With(ctx, e.options.Now()), e.scanOptions())
	kept := e.log.take()
	if kept.said() {
		// The next platform may have the same layers: what is wrong with one is said
		// only when it is analysed.
		e.cache = cache.NewMemoryCache()
	}
	return report, kept, err
}

func (e *engine) scanOptions() types.ScanOptions {
	o := types.ScanOptions{
		PkgTypes:            types.PkgTypes,
		PkgRelationships:    ftypes.Relationships,
		VulnSeveritySources: []dbtypes.SourceID{"auto"},
	}
	if e.options.vulnerable() {
		o.Scanners = append(o.Scanners, types.VulnerabilityScanner)
	}
	if e.options.lists() {
		o.Scanners = append(o.Scanners, types.SBOMScanner)
	}
	if slices.Contains(e.options.Scanners, Secrets) {
		o.Scanners = append(o.Scanners, types.SecretScanner)
	}
	return o
}

// lists reports whether packages are wanted for more than their vulnerabilities:
// a VEX file may refer to an SBOM, which has their licences in it.
func (o *Options) lists() bool { return o.lacking() || len(o.VEX) > 0 }

// lacking reports whether no packages at all are too few.
func (o *Options) lacking() bool { return o.SBOM != "" || slices.Contains(o.Scanners, Licenses) }

// artifactOption is what Trivy's image command sets, with nothing that reads
// outside the layout: no SBOM from elsewhere, no network for what a file names,
// and no package left out because another tool may own it. An SBOM inside the
// image is not read either: a file that it lists is not looked at any more.
func (e *engine) artifactOption() artifact.Option {
	o := artifact.Option{
		Offline:           true,
		NoProgress:        true,
		Parallel:          atOnce(),
		DetectionPriority: ftypes.PriorityComprehensive,
		DisabledHandlers:  []ftypes.HandlerType{ftypes.SystemFileFilteringPostHandler},
		DisabledAnalyzers: slices.Concat(analyzer.TypeLockfiles, analyzer.TypeConfigFiles, []analyzer.Type{
			analyzer.TypeApkCommand, analyzer.TypeLicenseFile, analyzer.TypeHistoryDockerfile,
			analyzer.TypeExecutable, analyzer.TypeRpmArchive, analyzer.TypeSBOM,
		}),
	}
	if !slices.Contains(e.options.Scanners, Secrets) {
		o.DisabledAnalyzers = append(o.DisabledAnalyzers, analyzer.TypeSecret, analyzer.TypeImageConfigSecret)
	}
	if !e.options.lists() {
		o.DisabledAnalyzers = append(o.DisabledAnalyzers, analyzer.TypeDpkgLicense)
	}
	if !e.options.vulnerable() && !e.options.lists() {
		o.DisabledAnalyzers = append(o.DisabledAnalyzers, analyzer.TypeJar)
	}
	return o
}

// A layoutImage is the image of a layout in the form that Trivy takes.
type layoutImage struct {
	v1.Image
	name     string
	platform image.Platform
}

func openLayout(p image.Platform) (layoutImage, error) {
	index, err := layout.ImageIndexFromPath(p.Layout)
	if err != nil {
		return layoutImage{}, fmt.Errorf("opening the layout: %w", err)
	}
	img, err := index.Image(p.Digest)
	if err != nil {
		return layoutImage{}, fmt.Errorf("opening the layout: %w", err)
	}
	return layoutImage{Image: img, name: p.Digest.String(), platform: p}, nil
}

// LayerByDiffID returns a layer that is unpacked as it was when it was verified.
func (i layoutImage) LayerByDiffID(diffID v1.Hash) (v1.Layer, error) {
	l, err := i.Image.LayerByDiffID(diffID)
	return &verifiedLayer{Layer: l, diffID: diffID, of: i.platform}, err // Trivy looks at what a pointer points to
}

// A verifiedLayer is a layer of a layout.
type verifiedLayer struct {
	v1.Layer
	diffID v1.Hash
	of     image.Platform
}

// Uncompressed opens what the layer unpacks to, or unpacks it again if that was
// not kept. Closing what it returns closes the blob too.
func (l *verifiedLayer) Uncompressed() (io.ReadCloser, error) {
	if kept, err := l.of.Unpacked(l.diffID); err == nil {
		return kept, nil
	}
	blob, err := l.Compressed()
	if err != nil {
		return nil, err
	}
	plain, err := image.Decompress(blob)
	if err != nil {
		return nil, errors.Join(err, blob.Close())
	}
	return unpacked{ReadCloser: plain, blob: blob}, nil
}

// unpacked are the unpacked bytes of a blob.
type unpacked struct {
	io.ReadCloser
	blob io.Closer
}

// Close closes both.
func (u unpacked) Close() error { return errors.Join(u.ReadCloser.Close(), u.blob.Close()) }

// ConfigFile leaves the history out. Trivy guesses from it which layers are the
// base image and looks for no secrets there, but history is text that whoever
// built the image can choose.
func (i layoutImage) ConfigFile() (*v1.ConfigFile, error) {
	config, err := i.Image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.History = nil
	return config, nil
}

// Name returns the digest.
func (i layoutImage) Name() string { return i.name }

// ID returns the digest of the configuration.
func (i layoutImage) ID() (string, error) {
	h, err := i.ConfigName()
	return h.String(), err
}

// RepoTags and RepoDigests return nothing: nobody asks a registry again.
func (layoutImage) RepoTags() []string    { return nil }
func (layoutImage) RepoDigests() []string { return nil }
