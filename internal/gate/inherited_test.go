package gate_test

import (
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestFoldInherited(t *testing.T) {
	found := func(rule, pkg, fixed string, score float64, s gate.Severity) gate.Finding {
		return gate.Finding{
			Rule: rule, Severity: s, Message: pkg + " 1 has " + rule, Inherited: true, Image: "sha256:1", Platforms: []string{"linux/" + pkg},
			Location: gate.Location{Path: "Dockerfile", Range: gate.Range{Line: 1}}, CVSS: &gate.CVSS{Score: score},
			Packages: []gate.Package{{Name: pkg, Installed: "1", Fixed: fixed}}, Hint: "use alpine:3.22",
		}
	}
	own := gate.Finding{Rule: "CVE-9", Severity: gate.High, Location: gate.Location{Path: "Dockerfile", Range: gate.Range{Line: 1}}, Image: "sha256:1"}
	waived := found("CVE-5", "a", "", 5, gate.High)
	waived.Status = gate.Waived
	all := []gate.Finding{
		found("CVE-1", "b", "2", 7.1, gate.High), found("CVE-2", "a", "", 8.8, gate.High), own, waived,
		found("CVE-3", "c", "2", 9.1, gate.Critical), found("CVE-4", "b", "3", 7.5, gate.High),
	}
	pointers := make([]*gate.Finding, len(all))
	for i := range all {
		pointers[i] = &all[i]
	}
	folded := gate.FoldInherited(pointers)
	if len(folded) != 4 || len(all) != 6 {
		t.Fatalf("%+v", folded)
	}
	f := folded[0]
	if f.Rule != "CVE-2" || len(f.Packages) != 3 || len(f.Platforms) != 2 || f.Hint != "use alpine:3.22" || f.Object != "2 packages" ||
		f.Message != "the base image brings 3 vulnerabilities of 2 packages, 2 with a fixed version; the worst: a 1 has CVE-2" {
		t.Errorf("%+v", f)
	}
	if folded[1].Rule != "CVE-9" || folded[2].Status != gate.Waived || folded[3].Rule != "CVE-3" || strings.Contains(folded[3].Message, "base image") {
		t.Errorf("%+v", folded[1:])
	}
}
