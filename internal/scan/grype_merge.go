package scan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	dbtypes "github.com/aquasecurity/trivy-db/pkg/types"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/scan/utils"
	"github.com/aquasecurity/trivy/pkg/types"
)

// A grypeKey names a vulnerability of a package.
type grypeKey struct{ id, name, version string }

// An opinion says who found a vulnerability.
type opinion uint8

const (
	agreed    opinion = iota + 1 // both
	grypeOnly                    // the second scanner alone
)

// A merger adds the matches of Grype to the results of Trivy. It looks up what it
// needs: the image decides how many packages and matches there are.
type merger struct {
	results types.Results
	who     map[grypeKey]opinion
	byURL   map[string][]seat    // without qualifiers
	byName  map[[2]string][]seat // name and version
	known   map[alias][]grypeKey
}

// A seat is where a package is: in which result, and which one of it.
type seat struct{ result, pkg int }

// An alias is a name that a vulnerability of a package has.
type alias struct {
	result  int
	pkg, id string
}

// merge adds the matches to the result of the package that they are about, and
// returns who found what, and notes on matches that are about no package. A
// vulnerability may have several ids: where one of them was found already, it is
// the same.
func (g grypeReport) merge(report *types.Report) (who map[grypeKey]opinion, notes []string) {
	m := newMerger(report.Results)
	for _, match := range g.Matches {
		meant := m.meant(match)
		for _, at := range meant {
			m.add(at, match)
		}
		if len(meant) == 0 {
			a := match.Artifact
			notes = append(notes, fmt.Sprintf("grype found %s in %s %s, which is no package of this image", match.Vulnerability.ID, a.Name, a.Version))
		}
	}
	return m.who, notes
}

func newMerger(results types.Results) merger {
	m := merger{
		results: results, who: map[grypeKey]opinion{},
		byURL: map[string][]seat{}, byName: map[[2]string][]seat{}, known: map[alias][]grypeKey{},
	}
	for i, r := range results {
		for n, p := range r.Packages {
			at := seat{result: i, pkg: n}
			if p.Identifier.PURL != nil {
				url, _, _ := strings.Cut(p.Identifier.PURL.String(), "?")
				m.byURL[url] = append(m.byURL[url], at)
			}
			for _, version := range slices.Compact([]string{utils.FormatVersion(p), p.Version}) {
				name := [2]string{p.Name, version}
				m.byName[name] = append(m.byName[name], at)
			}
		}
		for _, v := range r.Vulnerabilities {
			key := grypeKey{id: v.VulnerabilityID, name: v.PkgName, version: v.InstalledVersion}
			m.call(i, packageKey(v.PkgIdentifier.UID, v.PkgName, v.PkgID), key, append([]string{v.VulnerabilityID}, v.VendorIDs...))
		}
	}
	return m
}

// packageKey tells the packages of a result apart, which another place of the
// image may have too.
func packageKey(uid, name, id string) string { return cmp.Or(uid, name+"\x00"+id) }

// call notes names of a vulnerability.
func (m merger) call(result int, pkg string, key grypeKey, ids []string) {
	for _, id := range ids {
		a := alias{result: result, pkg: pkg, id: id}
		if !slices.Contains(m.known[a], key) {
			m.known[a] = append(m.known[a], key)
		}
	}
}

// meant are the packages that a match is about: by their package URL, else by name
// and version.
func (m merger) meant(match grypeMatch) []seat {
	a := match.Artifact
	named := m.byName[[2]string{a.Name, a.Version}]
	if a.PURL == "" {
		return named
	}
	url, _, _ := strings.Cut(a.PURL, "?")
	meant := slices.Clone(m.byURL[url])
	for _, at := range named {
		if m.results[at.result].Packages[at.pkg].Identifier.PURL == nil {
			meant = append(meant, at)
		}
	}
	slices.SortFunc(meant, func(a, b seat) int { return cmp.Or(cmp.Compare(a.result, b.result), cmp.Compare(a.pkg, b.pkg)) })
	return meant
}

// add joins a match with what is known of a package, or adds it.
func (m merger) add(at seat, match grypeMatch) {
	r := &m.results[at.result]
	p, ids := r.Packages[at.pkg], match.ids()
	pkg := packageKey(p.Identifier.UID, p.Name, p.ID)
	var same []grypeKey
	for _, id := range ids {
		for _, key := range m.known[alias{result: at.result, pkg: pkg, id: id}] {
			if !slices.Contains(same, key) {
				same = append(same, key)
			}
		}
	}
	if len(same) == 0 {
		v := match.detected(p)
		key := grypeKey{id: v.VulnerabilityID, name: v.PkgName, version: v.InstalledVersion}
		r.Vulnerabilities = append(r.Vulnerabilities, v)
		m.who[key] = grypeOnly
		m.call(at.result, pkg, key, ids)
		return
	}
	for _, key := range same {
		switch m.who[key] {
		case 0:
			m.who[key] = agreed
		case grypeOnly:
			m.call(at.result, pkg, key, ids)
		}
	}
}

// detected is a match as Trivy would have it.
func (m grypeMatch) detected(p ftypes.Package) types.DetectedVulnerability {
	return types.DetectedVulnerability{
		VulnerabilityID: m.name(), PkgID: p.ID, PkgName: p.Name, PkgPath: p.FilePath, PkgIdentifier: p.Identifier,
		InstalledVersion: utils.FormatVersion(p), FixedVersion: strings.Join(m.Vulnerability.Fix.Versions, ", "), Layer: p.Layer,
		PrimaryURL: m.Vulnerability.DataSource, SeveritySource: "grype",
		Vulnerability: dbtypes.Vulnerability{Title: title(m.Vulnerability.Description), Severity: m.severity(), CVSS: m.scores()}, //nolint:staticcheck // where Trivy puts what it chose
	}
}

// title is the first sentence of a description.
func title(description string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(description), "\n")
	if sentence, _, ok := strings.Cut(first, ". "); ok {
		first = sentence
	}
	return first
}
