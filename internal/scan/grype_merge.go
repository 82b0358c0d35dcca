package scan

import (
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

// A merger adds the matches of Grype to the results of Trivy.
type merger struct {
	who map[grypeKey]opinion
	// aliases are the names, in matches, of what Grype alone found.
	aliases map[grypeKey][]string
}

// merge adds the matches to the result of the package that they are about, and
// returns who found what, and notes on matches that are about no package. A
// vulnerability may have several ids: where one of them was found already, it is
// the same.
func (g grypeReport) merge(report *types.Report) (who map[grypeKey]opinion, notes []string) {
	m := merger{who: map[grypeKey]opinion{}, aliases: map[grypeKey][]string{}}
	for _, match := range g.Matches {
		placed := false
		for i := range report.Results {
			r := &report.Results[i]
			for _, p := range r.Packages {
				if samePackage(p, match) {
					m.add(r, p, match)
					placed = true
				}
			}
		}
		if !placed {
			a := match.Artifact
			notes = append(notes, fmt.Sprintf("grype found %s in %s %s, which is no package of this image", match.Vulnerability.ID, a.Name, a.Version))
		}
	}
	return m.who, notes
}

// add joins a match with what is known of the package, or adds it.
func (m merger) add(r *types.Result, p ftypes.Package, match grypeMatch) {
	ids, known := match.ids(), false
	for _, v := range r.Vulnerabilities {
		key := grypeKey{id: v.VulnerabilityID, name: v.PkgName, version: v.InstalledVersion}
		names := slices.Concat([]string{v.VulnerabilityID}, v.VendorIDs, m.aliases[key])
		if !isOf(v, p) || !slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(names, id) }) {
			continue
		}
		known = true
		switch m.who[key] {
		case 0:
			m.who[key] = agreed
		case grypeOnly:
			m.aliases[key] = append(m.aliases[key], ids...)
		}
	}
	if known {
		return
	}
	v := match.detected(p)
	key := grypeKey{id: v.VulnerabilityID, name: v.PkgName, version: v.InstalledVersion}
	r.Vulnerabilities = append(r.Vulnerabilities, v)
	m.who[key], m.aliases[key] = grypeOnly, ids
}

// isOf reports whether a vulnerability is one of this package, which another place
// of the image may have too.
func isOf(v types.DetectedVulnerability, p ftypes.Package) bool {
	if v.PkgIdentifier.UID != "" && p.Identifier.UID != "" {
		return v.PkgIdentifier.UID == p.Identifier.UID
	}
	return v.PkgName == p.Name && v.PkgID == p.ID
}

// detected is a match as Trivy would have it.
func (m grypeMatch) detected(p ftypes.Package) types.DetectedVulnerability {
	return types.DetectedVulnerability{
		VulnerabilityID: m.name(), PkgID: p.ID, PkgName: p.Name, PkgPath: p.FilePath, PkgIdentifier: p.Identifier,
		InstalledVersion: utils.FormatVersion(p), FixedVersion: strings.Join(m.Vulnerability.Fix.Versions, ", "), Layer: p.Layer,
		PrimaryURL: m.Vulnerability.DataSource, SeveritySource: "grype",
		Vulnerability: dbtypes.Vulnerability{Title: title(m.Vulnerability.Description), Severity: m.severity(), CVSS: m.scores()},
	}
}

// samePackage reports whether Grype means this package: by its package URL, else
// by name and version.
func samePackage(p ftypes.Package, m grypeMatch) bool {
	if p.Identifier.PURL != nil && m.Artifact.PURL != "" {
		ours, _, _ := strings.Cut(p.Identifier.PURL.String(), "?")
		theirs, _, _ := strings.Cut(m.Artifact.PURL, "?")
		return ours == theirs
	}
	return p.Name == m.Artifact.Name && (utils.FormatVersion(p) == m.Artifact.Version || p.Version == m.Artifact.Version)
}

// title is the first sentence of a description.
func title(description string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(description), "\n")
	if sentence, _, ok := strings.Cut(first, ". "); ok {
		first = sentence
	}
	return first
}
