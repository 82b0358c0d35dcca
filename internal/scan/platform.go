package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// scanned is what is known of one platform.
type scanned struct {
	platform image.Platform
	report   types.Report
	origins  map[string]image.Origin // by layer
	notes    []string
	second   map[grypeKey]opinion // nil: only one scanner looked
	bom      *gate.SBOM
	serial   string // of its SBOM as CycloneDX, where a VEX file may refer to it
	err      error  // why it does not count as scanned
	// unreadable are files that could not be read, or not all of them.
	unreadable []string
	inside
}

// scanPlatform scans one platform and decides whether the scan says anything.
func (s *Stage) scanPlatform(ctx context.Context, e *engine, t target, index string, p image.Platform) scanned {
	result := scanned{platform: p, err: p.Err}
	if p.Err != nil || p.Skipped != "" {
		return result
	}
	report, logged, err := s.examine(ctx, e, p)
	if err != nil {
		result.err = fmt.Errorf("scanning: %w", err)
		return result
	}
	whole := report
	whole.Results = slices.Clone(report.Results) // of which the next line takes some
	result.inside = inspected(&report)
	result.report = report
	result.err = errors.Join(slices.Concat(logged.incomplete, logged.unread())...)
	result.notes, result.unreadable = logged.notes, logged.unreadable
	if s.vulnerable() {
		result.err = errors.Join(result.err, s.conclusive(&result, t, index), s.canary(report, result.accepted))
		if !p.Known { // else it was proved when the result was new
			result.err = errors.Join(result.err, s.prove(ctx, e, report))
		}
		result.notes = append(result.notes, slices.Concat(unsupported(report), unversioned(report), ofOthers(report))...)
	}
	if s.o.lacking() && packages(report) == 0 && !result.accepted {
		result.err = errors.Join(result.err, errors.New("no packages were found: there is nothing to list"))
	}
	if !p.Known && result.err == nil && ctx.Err() == nil {
		s.retain(p, whole, logged)
	}
	return result
}

// examine returns what is on a platform: what an earlier run found there, or else
// what the scanner finds.
func (s *Stage) examine(ctx context.Context, e *engine, p image.Platform) (types.Report, logged, error) {
	if p.Known {
		return s.recall(p)
	}
	report, logged, err := e.scan(ctx, p)
	if wantsJava(err) && !e.java {
		if err = s.bringJava(ctx, e); err == nil {
			report, logged, err = e.scan(ctx, p)
		}
	}
	return report, logged, err
}

// bringJava gives the engine the database of Java archives, the first time that
// an image needs it. If there is none it is not asked for again.
func (s *Stage) bringJava(ctx context.Context, e *engine) error {
	if s.java == nil && s.javaErr == nil {
		s.java, s.javaErr = s.openJava(ctx)
	}
	if s.javaErr == nil {
		e.useJava(s.java.dir, true)
	}
	return s.javaErr
}

// unsupported notes the language packages for which nobody has advisories.
func unsupported(report types.Report) []string {
	var notes []string
	for _, r := range report.Results {
		if r.Class == types.ClassLangPkg && ecosystem(r.Type) == "" {
			notes = append(notes, fmt.Sprintf("%d %s packages were not checked: there are no advisories for them", len(r.Packages), r.Type))
		}
	}
	return notes
}

// osName is the name of the operating system: "alpine 3.22.1".
func osName(report types.Report) string {
	os := report.Metadata.OS
	if os == nil || os.Family == "" || os.Family == "none" {
		return ""
	}
	return strings.TrimSpace(string(os.Family) + " " + os.Name)
}

func packages(report types.Report) (n int) {
	for _, r := range report.Results {
		n += len(r.Packages)
	}
	return n
}

// asImage returns the image and its platforms as a report of the gate has them.
func asImage(f fetched, scans []scanned) gate.Image {
	img := gate.Image{Reference: f.reference, Digest: f.image.Digest.String()}
	for _, s := range scans {
		p := gate.Platform{Name: s.platform.Name, Digest: s.platform.Digest.String()}
		ledger(&p, s)
		switch {
		case s.platform.Skipped != "":
			p.Verdict, p.Reason, p.LeftOut = gate.Skipped, s.platform.Skipped, s.platform.Skipped == image.LeftOut
		case s.err != nil:
			p.Reason, p.Failure = withoutPlace(s.err), s.err
		default:
			p.Verdict, p.Reason = gate.Passed, s.without
		}
		img.Platforms = append(img.Platforms, p)
		img.Base = cmp.Or(img.Base, baseImage(s.origins))
	}
	return img
}

// withoutPlace says in a line what went wrong, without the place: the gate says it of
// the platform, at that place.
func withoutPlace(err error) string {
	text := err.Error()
	var check *gate.CheckError
	if errors.As(err, &check) && check.Location.Path != "" {
		text = strings.TrimPrefix(text, check.Location.String()+": ")
	}
	return strings.ReplaceAll(text, "\n", "; ")
}

// baseImage names the image that a platform is built on, as the FROM of its
// Dockerfile does; "" where its history matches no Dockerfile.
func baseImage(origins map[string]image.Origin) string {
	for _, o := range origins { // every inherited layer is from the same FROM
		if o.Inherited {
			return o.Base
		}
	}
	return ""
}

// ecosystem is the prefix of the buckets that hold the advisories of a type of
// language packages; "" where there are none.
func ecosystem(t ftypes.LangType) string {
	switch t {
	case ftypes.GemSpec, ftypes.Bundler:
		return "rubygems"
	case ftypes.RustBinary, ftypes.Cargo:
		return "cargo"
	case ftypes.Composer, ftypes.ComposerVendor:
		return "composer"
	case ftypes.GoBinary, ftypes.GoModule:
		return "go"
	case ftypes.Jar, ftypes.Pom, ftypes.Gradle, ftypes.Sbt:
		return "maven"
	case ftypes.NodePkg, ftypes.Npm, ftypes.Yarn, ftypes.Pnpm, ftypes.Bun, ftypes.JavaScript:
		return "npm"
	case ftypes.NuGet, ftypes.DotNetCore, ftypes.PackagesProps:
		return "nuget"
	case ftypes.PythonPkg, ftypes.Pip, ftypes.Pipenv, ftypes.Poetry, ftypes.Uv, ftypes.PyLock:
		return "pip"
	case ftypes.Pub:
		return "pub"
	case ftypes.Hex:
		return "erlang"
	case ftypes.Conan:
		return "conan"
	case ftypes.Swift:
		return "swift"
	case ftypes.Cocoapods:
		return "cocoapods"
	case ftypes.Bitnami:
		return "bitnami"
	case ftypes.K8sUpstream:
		return "k8s"
	case ftypes.Julia:
		return "julia"
	}
	return ""
}
