package scan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aquasecurity/trivy/pkg/fanal/analyzer"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
)

// conclusive returns an error if "no findings" would mean nothing: no operating
// system that has advisories was recognised, or none of its packages. An image
// that the configuration knows to have none has to show packages of a language;
// one that it names by digest is taken as it is.
func (s *Stage) conclusive(scan *scanned, t target, index string) error {
	report := scan.report
	i := slices.IndexFunc(report.Results, func(r types.Result) bool { return r.Class == types.ClassOSPkg })
	known := i >= 0 && osName(report) != ""
	if known && len(report.Results[i].Packages) > 0 {
		packages := report.Results[i].Packages
		return errors.Join(consistent(report, packages), vouched(report, packages), current(report, scan.release))
	}
	entry, byDigest := s.o.static(t, index, scan.platform.Digest.String())
	err := unproven(scan, known)
	switch {
	case byDigest:
		scan.accepted = true
	case entry == "" || err != nil:
		return s.unlisted(t, index, entry, err)
	}
	scan.without = fmt.Sprintf("%s: %s, because scan.static names %s", systemless(scan), checkedOf(report), entry)
	return nil
}

// telling are the families whose os-release has their name as its ID, with the
// parts of a version that tell releases apart.
var telling = map[ftypes.OSType]int{
	ftypes.Alpine: 2, ftypes.Chainguard: 0, ftypes.Debian: 1, ftypes.MinimOS: 0, ftypes.Rocky: 1, ftypes.Ubuntu: 2, ftypes.Wolfi: 0,
}

// current returns an error if the os-release of the last layer names another of
// these systems, or another release, than the one that the packages were
// compared with: Trivy takes the first that a layer has.
func current(report types.Report, now release) error {
	os := report.Metadata.OS
	parted, tells := telling[os.Family]
	_, known := telling[ftypes.OSType(now.id)]
	before, after := parts(strings.TrimSuffix(os.Name, "-ESM"), parted), parts(now.version, parted)
	if !tells || !known || ftypes.OSType(now.id) == os.Family && (before == after || now.version == "") {
		return nil
	}
	return fmt.Errorf("it was %s in one layer and is %s in a later one, and its packages were compared with the advisories of the first", osName(report), now)
}

// vouched returns an error if no package of the operating system is its
// vendor's: Trivy leaves out the others, as the advisories are not about them.
func vouched(report types.Report, packages []ftypes.Package) error {
	if slices.ContainsFunc(packages, func(p ftypes.Package) bool { return p.Repository.Class != ftypes.RepositoryClassThirdParty }) {
		return nil
	}
	return fmt.Errorf("it is %s, but all its packages are of others, whom the advisories are not about", osName(report))
}

// consistent returns an error if the operating system keeps its packages in
// another database than the one they were found in: their versions would be
// compared with advisories that are not about them.
func consistent(report types.Report, packages []ftypes.Package) error {
	want := []analyzer.Type{analyzer.TypeRpm, analyzer.TypeRpmqa}
	switch report.Metadata.OS.Family {
	case ftypes.Alpine, ftypes.Chainguard, ftypes.MinimOS, ftypes.Wolfi:
		want = []analyzer.Type{analyzer.TypeApk}
	case ftypes.Debian, ftypes.Echo, ftypes.Ubuntu:
		want = []analyzer.Type{analyzer.TypeDpkg}
	}
	for _, p := range packages {
		if by := analyzer.Type(p.AnalyzedBy); !slices.Contains(want, by) {
			return fmt.Errorf("it says that it is %s, but %s %s is in a package database of %s", osName(report), p.Name, p.Version, by)
		}
	}
	return nil
}
