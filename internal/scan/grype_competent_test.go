package scan

import (
	"encoding/json"
	"strings"
	"testing"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"
)

// TestR17GrypeIsAskedOnlyAboutWhatItKnows: no matches mean something only if
// somebody told its database about the operating system.
func TestR17GrypeIsAskedOnlyAboutWhatItKnows(t *testing.T) {
	const answer = `{"matches": [], "distro": {"name": "some"}, "descriptor": {"name": "grype", "version": "1",
		"db": {"status": {"valid": true, "built": "2026-09-01T00:00:00Z"}, "providers": {"rhel": {}, "alpine": {}}}}}`
	for family, want := range map[ftypes.OSType]string{
		ftypes.Alpine: "", ftypes.RedHat: "", ftypes.Rocky: "", ftypes.Alma: "", ftypes.CentOS: "",
		ftypes.Debian: "has no advisories from debian", ftypes.Photon: "not known whether",
	} {
		var g grypeReport
		if err := json.Unmarshal([]byte(answer), &g); err != nil {
			t.Fatal(err)
		}
		report := types.Report{Metadata: types.Metadata{OS: &ftypes.OS{Family: family, Name: "1"}}, Results: types.Results{{Class: types.ClassOSPkg}}}
		err := g.competent(report)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", family, err, want)
		}
	}
}
