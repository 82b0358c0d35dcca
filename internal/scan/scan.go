package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Names of the scanners.
const (
	Vulnerabilities = "vuln"
	Secrets         = "secret"
	Licenses        = "license"
)

// Options are everything the stage is told.
type Options struct {
	Images  []string      // references, as [image.Parse] reads them
	Fetcher image.Fetcher // its Progress is told of scans too, in platforms
	// Workloads, if not nil, adds the images of the workloads in a tree.
	Workloads *Workloads
	// PlatformsAt is where the platforms of Fetcher are listed.
	PlatformsAt gate.Location
	Scanners    []string // of Vulnerabilities, Secrets, Licenses; none: the first two

	IgnoreUnfixed bool // leave out vulnerabilities without a fixed version
	// UnknownSeverity replaces a severity that nobody rated.
	UnknownSeverity gate.Severity
	Database        Database
	Offline         bool // no network at all
	// Bases are registries, as those of Workloads, that may be asked for newer tags
	// of a base image, beside those that Images come from.
	Bases []string

	// VEX names files of Trusted that say which vulnerabilities do no harm, by path
	// or glob. A change under review cannot write to Trusted.
	VEX     []string
	Trusted *workspace.Tree

	// Results is a folder in which the outcome of a scan is kept for the next run
	// of the same user; "": nowhere. What is signed must not rest on it.
	Results string

	// SBOM is the format of the SBOM of each platform; "": none is made. Each is
	// written to the folder SBOMDir, if that is not empty.
	SBOM    string
	SBOMDir string
	Version string // of this program, for an SBOM

	// Static are images that consist of static programs and have no operating
	// system: repositories, or files as they are named, with * in them, or digests.
	Static []string

	// Grype, if named, is asked about every platform too.
	Grype Grype

	// Tree and Config are where findings are located: the repository, and the
	// path of its configuration file.
	Tree   *workspace.Tree
	Config string
	// Workspace says that Tree itself is scanned: its lock files for
	// vulnerabilities, and then or beside an image all files for secrets.
	Workspace bool

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // of Trivy too; nil: discarded
	// Trace, if set, is told of the begin of each longer piece of work, and calls
	// what it returns at its end.
	Trace func(what string) (end func())
}

// A Stage scans images.
type Stage struct {
	o    Options
	once sync.Once // fills in what follows

	fetched  []fetched     // in the order of Options.Images, then of the manifests
	listing  error         // of the manifests
	locks    lockFiles     // of the workspace
	database *database     // nil: not needed, or databaseErr
	err      error         // of the database
	vex      *vex          // nil: there are no such files
	java     *javaDatabase // nil: not needed, or javaErr
	javaErr  error
	// grypeTemp is the folder of a database of Grype that is not kept.
	grypeTemp string

	named     func(reference string) gate.Location // where the workspace names an image
	shelf     *shelf                               // nil: nothing is kept
	results   *results                             // nil: likewise
	javaNotes []string                             // of results that an earlier run kept

	closing sync.Mutex
	boms    map[string][]byte // SBOMs, by the digest of the platform
}

// New returns the stage.
func New(o Options) *Stage {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if len(o.Scanners) == 0 {
		o.Scanners = []string{Vulnerabilities, Secrets}
	}
	o.Config = cmp.Or(o.Config, "portcullis.yaml")
	o.Database.MaxAge = cmp.Or(o.Database.MaxAge, DefaultMaxAge)
	o.Scanners = slices.Compact(slices.Sorted(slices.Values(o.Scanners)))
	o.Images = unique(o.Images)
	o.Workspace = o.Workspace && o.Tree != nil
	return &Stage{o: o}
}

// unique returns the references without the repeated ones, in their order.
func unique(references []string) []string {
	var once []string
	for _, r := range references {
		if !slices.Contains(once, r) {
			once = append(once, r)
		}
	}
	return once
}

// Name returns "scan".
func (s *Stage) Name() string { return "scan" }

// Prepare fetches the images and the database, all at once. What goes wrong
// there is told by Run, which still scans what could be fetched.
func (s *Stage) Prepare(ctx context.Context) error {
	s.once.Do(func() { s.fetchAll(ctx) })
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), s.Close())
	}
	return nil
}

// Close removes the images and closes the database, once a fetch that runs has
// come to its end. Run does so too; Close is for a run that ended before.
func (s *Stage) Close() error {
	s.once.Do(func() {})
	s.closing.Lock()
	defer s.closing.Unlock()
	var errs []error
	for i := range s.fetched {
		if img := s.fetched[i].image; img != nil {
			errs = append(errs, img.Close())
			s.fetched[i].image = nil
		}
	}
	if s.database != nil {
		errs = append(errs, s.database.close())
		s.database = nil
	}
	if s.java != nil {
		errs = append(errs, s.java.close())
		s.java = nil
	}
	errs = append(errs, s.forgetGrype())
	if s.shelf != nil {
		errs = append(errs, s.shelf.close())
		s.shelf, s.results = nil, nil
	}
	return errors.Join(errs...)
}

// Run scans every platform of every image.
func (s *Stage) Run(ctx context.Context) (res gate.Result, err error) {
	s.once.Do(func() { s.fetchAll(ctx) })
	defer func() { err = errors.Join(s.listing, err, s.Close()) }()
	idle := s.idle()
	switch {
	case ctx.Err() != nil:
		return gate.Result{}, context.Cause(ctx)
	case idle != "" && s.listing == nil:
		return gate.Result{Skip: idle}, nil
	case idle != "":
		return gate.Result{}, nil
	}
	if s.o.Workspace && slices.Contains(s.o.Scanners, Secrets) {
		if err := s.searchSecrets(ctx, &res); err != nil {
			return res, fmt.Errorf("searching the workspace for secrets: %w", err)
		}
	}
	if s.err != nil {
		res.Images = s.unscanned("there is no usable vulnerability database")
		return res, s.implied(s.err)
	}
	places, err := image.NewAttribution(ctx, s.o.Tree, s.o.Config)
	if err != nil {
		return res, fmt.Errorf("reading the workspace: %w", err)
	}
	if s.database != nil {
		res.Provenance.Database = &s.database.provenance
		res.Notes = append(res.Notes, s.database.notes...)
	}
	err = s.scanAll(ctx, &res, places)
	res.Notes = append(res.Notes, s.identified()...)
	res.Checked.Rules = len(s.o.Scanners)
	return res, err
}

// vulnerable reports whether vulnerabilities are looked for.
func (s *Stage) vulnerable() bool { return s.o.vulnerable() }

func (o *Options) vulnerable() bool { return slices.Contains(o.Scanners, Vulnerabilities) }

// scanAll adds every image to the result.
func (s *Stage) scanAll(ctx context.Context, res *gate.Result, where *image.Attribution) error {
	engine, err := s.startEngine()
	if err != nil {
		return err
	}
	defer engine.close()
	s.named = where.Named
	var errs []error
	if s.vex, err = readVEX(ctx, s.o.Trusted, s.o.VEX); err != nil {
		errs = append(errs, err)
	}
	defer func() { res.Notes = append(res.Notes, s.vex.said()...) }()
	newer := s.newer(ctx)
	index, err := s.scanWorkspace(ctx, engine, res)
	if err != nil {
		errs = append(errs, err)
	}
	for _, f := range s.fetched {
		switch {
		case f.err != nil:
			errs = append(errs, missing(f, where))
			continue
		case f.elsewhere:
			res.Findings = append(res.Findings, refused(f.target)...)
			continue
		}
		scans := make([]scanned, len(f.image.Platforms))
		for i, p := range f.image.Platforms {
			s.tell("scan "+f.reference, i, len(scans))
			end := s.trace(ctx, "scan", "platform", p.Name)
			scans[i] = s.scanPlatform(ctx, engine, f.target, f.image.Digest.String(), p)
			s.describe(ctx, f.reference, &scans[i])
			s.secondOpinion(ctx, f.reference, &scans[i])
			end()
			scans[i].origins = where.Origins(f.reference, p.History)
			if ctx.Err() != nil {
				return errors.Join(append(errs, context.Cause(ctx))...)
			}
		}
		s.tell("scan "+f.reference, len(scans), len(scans))
		addImage(res, f, scans, where)
		errs = append(errs, s.unmet(f)...)
		res.Findings = append(res.Findings, absent(f.target, f.image.Platforms, f.image.Digest.String())...)
		res.Findings = append(res.Findings, withoutDigest(f.target, f.image.Digest.String())...)
		t := translation{options: &s.o, reference: f.reference, digest: f.image.Digest.String(), locate: remember(index.before(where.Locate)), via: index.via, newer: newer, vex: s.vex}
		if len(f.places) > 0 {
			t.named = f.places[0]
		}
		res.Findings = append(res.Findings, t.findings(scans)...)
	}
	return errors.Join(errs...)
}

// tell passes the progress on, in platforms.
func (s *Stage) tell(step string, done, total int) {
	if s.o.Fetcher.Progress != nil {
		s.o.Fetcher.Progress(step, int64(done), int64(total))
	}
}

// addImage adds an image and what was counted and noted on its platforms.
func addImage(res *gate.Result, f fetched, scans []scanned, where *image.Attribution) {
	img := asImage(f, scans)
	img.Named = naming(f, where)
	res.Images = append(res.Images, img)
	for _, s := range scans {
		if s.report.ArtifactName != "" {
			res.Checked.Images++
			res.Checked.Packages += packages(s.report)
		}
		for _, note := range s.notes {
			res.Notes = append(res.Notes, fmt.Sprintf("%s %s: %s", f.reference, s.platform.Name, note))
		}
	}
	res.Notes = append(res.Notes, leftOut(f)...)
}
