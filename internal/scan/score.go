package scan

import (
	"maps"
	"slices"

	dbtypes "github.com/aquasecurity/trivy-db/pkg/types"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// score returns the CVSS score of a vulnerability, nil if nobody scored it: by
// whoever rated its severity, else by the National Vulnerability Database, else
// by GitHub, else by the first of the others; in the newest version that they
// used. The database has neither EPSS nor known exploitation.
func score(v types.DetectedVulnerability) *gate.CVSS {
	others := slices.Sorted(maps.Keys(v.CVSS))
	for _, source := range slices.Concat([]dbtypes.SourceID{v.SeveritySource, "nvd", "ghsa"}, others) {
		c, ok := v.CVSS[source]
		if !ok {
			continue
		}
		for _, version := range []gate.CVSS{
			{Score: c.V40Score, Vector: c.V40Vector}, {Score: c.V3Score, Vector: c.V3Vector}, {Score: c.V2Score, Vector: c.V2Vector},
		} {
			if version.Vector != "" {
				version.Source = string(source)
				return &version
			}
		}
	}
	return nil
}
