package scan

import (
	"slices"
	"strings"

	dbtypes "github.com/aquasecurity/trivy-db/pkg/types"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/scan/utils"
	"github.com/aquasecurity/trivy/pkg/types"
)

// grypeReport is the part of Grype's output that decides.
type grypeReport struct {
	Matches []struct {
		Vulnerability struct {
			ID          string `json:"id"`
			DataSource  string `json:"dataSource"`
			Severity    string `json:"severity"`
			Description string `json:"description"`
			Fix         struct {
				Versions []string `json:"versions"`
				State    string   `json:"state"`
			} `json:"fix"`
		} `json:"vulnerability"`
		Related []struct {
			ID string `json:"id"`
		} `json:"relatedVulnerabilities"`
		Artifact struct {
			Name    string `json:"name"`
			Version string `json:"version"`
			PURL    string `json:"purl"`
		} `json:"artifact"`
	} `json:"matches"`
	Descriptor struct {
		Name string `json:"name"`
	} `json:"descriptor"`
}

// A grypeKey names a vulnerability of a package.
type grypeKey struct{ id, name, version string }

// An opinion says who found a vulnerability.
type opinion uint8

const (
	agreed    opinion = iota + 1 // both
	grypeOnly                    // the second scanner alone
)

// merge adds the matches to the result of the package that they are about, and
// returns who found what. A vulnerability may have several ids: where one of them
// was found already, it is the same.
func (g grypeReport) merge(report *types.Report) map[grypeKey]opinion {
	who := map[grypeKey]opinion{}
	for _, m := range g.Matches {
		ids := []string{m.Vulnerability.ID}
		for _, r := range m.Related {
			ids = append(ids, r.ID)
		}
		for i := range report.Results {
			r := &report.Results[i]
			for _, p := range r.Packages {
				if !samePackage(p, m.Artifact.Name, m.Artifact.Version, m.Artifact.PURL) {
					continue
				}
				known := slices.IndexFunc(r.Vulnerabilities, func(v types.DetectedVulnerability) bool {
					return v.PkgName == p.Name && v.PkgID == p.ID && slices.Contains(ids, v.VulnerabilityID)
				})
				if known >= 0 {
					v := r.Vulnerabilities[known]
					if key := (grypeKey{id: v.VulnerabilityID, name: v.PkgName, version: v.InstalledVersion}); who[key] == 0 {
						who[key] = agreed
					}
					continue
				}
				v := types.DetectedVulnerability{
					VulnerabilityID: m.Vulnerability.ID, PkgID: p.ID, PkgName: p.Name, PkgPath: p.FilePath, PkgIdentifier: p.Identifier,
					InstalledVersion: utils.FormatVersion(p), FixedVersion: strings.Join(m.Vulnerability.Fix.Versions, ", "), Layer: p.Layer,
					PrimaryURL: m.Vulnerability.DataSource, SeveritySource: "grype",
					Vulnerability: dbtypes.Vulnerability{Title: title(m.Vulnerability.Description), Severity: strings.ToUpper(m.Vulnerability.Severity)},
				}
				r.Vulnerabilities = append(r.Vulnerabilities, v)
				who[grypeKey{id: v.VulnerabilityID, name: v.PkgName, version: v.InstalledVersion}] = grypeOnly
			}
		}
	}
	return who
}

// samePackage reports whether Grype means this package: by its package URL, else
// by name and version.
func samePackage(p ftypes.Package, name, number, purl string) bool {
	if p.Identifier.PURL != nil && purl != "" {
		ours, _, _ := strings.Cut(p.Identifier.PURL.String(), "?")
		theirs, _, _ := strings.Cut(purl, "?")
		return ours == theirs
	}
	return p.Name == name && (utils.FormatVersion(p) == number || p.Version == number)
}

// title is the first sentence of a description.
func title(description string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(description), "\n")
	if sentence, _, ok := strings.Cut(first, ". "); ok {
		first = sentence
	}
	return first
}
