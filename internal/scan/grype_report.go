package scan

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	dbtypes "github.com/aquasecurity/trivy-db/pkg/types"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// grypeReport is the part of Grype's output that decides.
type grypeReport struct {
	Matches []grypeMatch `json:"matches"`
	Distro  struct {
		Name string `json:"name"`
	} `json:"distro"`
	Descriptor struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		DB      struct {
			Status struct {
				Built time.Time `json:"built"`
				Valid bool      `json:"valid"`
			} `json:"status"`
			Providers map[string]struct{} `json:"providers"`
		} `json:"db"`
	} `json:"descriptor"`
}

// A grypeMatch is a vulnerability of a package.
type grypeMatch struct {
	Vulnerability struct {
		grypeDetails
		DataSource  string `json:"dataSource"`
		Description string `json:"description"`
		Fix         struct {
			Versions []string `json:"versions"`
		} `json:"fix"`
	} `json:"vulnerability"`
	// Related are what others call it.
	Related  []grypeDetails `json:"relatedVulnerabilities"`
	Artifact struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		PURL    string `json:"purl"`
	} `json:"artifact"`
}

// grypeDetails is what one source of advisories says of a vulnerability.
type grypeDetails struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	CVSS     []struct {
		Source  string `json:"source"`
		Version string `json:"version"`
		Vector  string `json:"vector"`
		Metrics struct {
			BaseScore float64 `json:"baseScore"`
		} `json:"metrics"`
	} `json:"cvss"`
}

// parseGrype reads the output of Grype.
func parseGrype(raw []byte) (grypeReport, error) {
	var r grypeReport
	if err := json.Unmarshal(raw, &r); err != nil {
		return grypeReport{}, fmt.Errorf("parsing the output of grype: %w", err)
	}
	if r.Descriptor.Name != "grype" || r.Matches == nil {
		return grypeReport{}, errors.New("parsing the output of grype: it is not a report of grype")
	}
	return r, nil
}

// advisers are who tells the database of Grype about the packages of an operating
// system; rebuilds of Red Hat's are compared with its advisories.
var advisers = map[ftypes.OSType]string{
	ftypes.Alpine: "alpine", ftypes.Amazon: "amazon", ftypes.CBLMariner: "mariner", ftypes.Alma: "rhel", ftypes.CentOS: "rhel", ftypes.Rocky: "rhel", ftypes.Chainguard: "chainguard", ftypes.Debian: "debian",
	ftypes.Oracle: "oracle", ftypes.RedHat: "rhel", ftypes.SLES: "sles", ftypes.Ubuntu: "ubuntu", ftypes.Wolfi: "wolfi",
}

// competent returns an error if "no matches" would mean nothing: the operating
// system was not recognised, or the database has nothing about such packages.
func (g grypeReport) competent(report types.Report) error {
	if !g.Descriptor.DB.Status.Valid || g.Descriptor.DB.Status.Built.IsZero() {
		return errors.New("grype does not say that its database is valid")
	}
	for _, result := range report.Results {
		adviser := "github"
		if result.Class == types.ClassOSPkg {
			if g.Distro.Name == "" {
				return fmt.Errorf("grype does not know the operating system %s", osName(report))
			}
			adviser = advisers[report.Metadata.OS.Family]
		} else if ecosystem(result.Type) == "" {
			continue
		}
		if adviser == "" {
			return fmt.Errorf("it is not known whether the database of grype has advisories for %s", osName(report))
		}
		if _, ok := g.Descriptor.DB.Providers[adviser]; !ok {
			return fmt.Errorf("the database of grype has no advisories from %s, for %s packages", adviser, result.Type)
		}
	}
	return nil
}

// said tells who gave the opinion.
func (g grypeReport) said() string {
	name := "grype"
	if v := g.Descriptor.Version; v != "" && !strings.HasPrefix(v, "[") { // "[not provided]"
		name += " " + v
	}
	return fmt.Sprintf("second opinion of %s with its database of %s", name, g.Descriptor.DB.Status.Built.UTC().Format(time.DateOnly))
}

// ids are all names of the vulnerability, the one of the match first.
func (m grypeMatch) ids() []string {
	ids := []string{m.Vulnerability.ID}
	for _, r := range m.Related {
		ids = append(ids, r.ID)
	}
	return ids
}

// name is the name that findings have it under: as Trivy does, its CVE, if it has
// one and no other.
func (m grypeMatch) name() string {
	var cves []string
	for _, id := range m.ids() {
		if strings.HasPrefix(id, "CVE-") {
			cves = append(cves, id)
		}
	}
	if len(cves) > 0 && (cves[0] == m.Vulnerability.ID || len(cves) == 1) {
		return cves[0]
	}
	return m.Vulnerability.ID
}

// sources are what was said of it, that of the match first.
func (m grypeMatch) sources() []grypeDetails {
	return append([]grypeDetails{m.Vulnerability.grypeDetails}, m.Related...)
}

// severity is that of the first source that rated it, in the words of Trivy.
func (m grypeMatch) severity() string {
	for _, s := range m.sources() {
		rated := strings.ToUpper(s.Severity)
		if rated == "NEGLIGIBLE" {
			return "LOW"
		}
		if severity, err := gate.ParseSeverity(rated); err == nil && severity != gate.Unknown {
			return rated
		}
	}
	return "UNKNOWN"
}

// scores are the CVSS scores by who gave them.
func (m grypeMatch) scores() dbtypes.VendorCVSS {
	scores := dbtypes.VendorCVSS{}
	for _, s := range m.sources() {
		for _, c := range s.CVSS {
			source := dbtypes.SourceID(c.Source)
			if c.Source == "nvd@nist.gov" {
				source = "nvd"
			}
			known := scores[source]
			switch {
			case strings.HasPrefix(c.Version, "4") && known.V40Vector == "":
				known.V40Vector, known.V40Score = c.Vector, c.Metrics.BaseScore
			case strings.HasPrefix(c.Version, "3") && known.V3Vector == "":
				known.V3Vector, known.V3Score = c.Vector, c.Metrics.BaseScore
			case strings.HasPrefix(c.Version, "2") && known.V2Vector == "":
				known.V2Vector, known.V2Score = c.Vector, c.Metrics.BaseScore
			}
			scores[source] = known
		}
	}
	return scores
}
