package scan

import (
	"fmt"
	"testing"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
)

// Many packages and many matches, half of which the first scanner has: an image
// decides how many there are.
func TestR24ManyMatchesOfGrype(t *testing.T) {
	const n = 200_000
	report, second := types.Report{Results: types.Results{{Target: "app"}}}, grypeReport{}
	r := &report.Results[0]
	for i := range n {
		id := fmt.Sprintf("CVE-2026-%d", i)
		p := ftypes.Package{Name: "a", Version: fmt.Sprint(i), ID: fmt.Sprint(i)}
		r.Packages = append(r.Packages, p)
		if i%2 == 0 {
			r.Vulnerabilities = append(r.Vulnerabilities, types.DetectedVulnerability{
				VulnerabilityID: "CVE", VendorIDs: []string{id}, PkgName: p.Name, PkgID: p.ID, InstalledVersion: p.Version,
			})
		}
		var m grypeMatch
		m.Vulnerability.ID, m.Artifact.Name, m.Artifact.Version = id, p.Name, p.Version
		second.Matches = append(second.Matches, m)
	}
	who, notes := second.merge(&report)
	if len(notes) > 0 || len(r.Vulnerabilities) != n || len(who) != n {
		t.Fatalf("%d vulnerabilities, %d of whom it is known who found them, %.3q", len(r.Vulnerabilities), len(who), notes)
	}
	if got := who[grypeKey{id: "CVE", name: "a", version: "2"}]; got != agreed {
		t.Errorf("one that both found is %d", got)
	}
	if got := who[grypeKey{id: "CVE-2026-3", name: "a", version: "3"}]; got != grypeOnly {
		t.Errorf("one that Grype found is %d", got)
	}
}
