package sign

import (
	"time"

	"github.com/sigstore/cosign/v2/pkg/cosign/attestation"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A scanResult is the part of cosign's vulnerability predicate that is left to
// the scanner: every finding of the scan stage that is about this image.
type scanResult struct {
	Platforms []gate.Platform `json:"platforms"`
	Findings  []scanFinding   `json:"findings"`
}

type scanFinding struct {
	ID        string         `json:"id"`
	Severity  gate.Severity  `json:"severity"`
	Status    gate.Status    `json:"status"`
	Platforms []string       `json:"platforms"`
	Packages  []gate.Package `json:"packages"`
	Waiver    *gate.Waiver   `json:"waiver,omitempty"`
}

// vuln returns the predicate that cosign calls vuln. The report knows no
// calendar dates, so both times are the one at which it was attested.
func vuln(report gate.Report, image gate.Image, now time.Time) attestation.CosignVulnPredicate {
	result := scanResult{Platforms: image.Platforms, Findings: []scanFinding{}}
	scan, _ := report.Stage("scan")
	for _, f := range scan.Findings {
		if f.Image == image.Digest {
			result.Findings = append(result.Findings, scanFinding{
				ID: f.Rule, Severity: f.Severity, Status: f.Status, Platforms: f.Platforms, Packages: f.Packages, Waiver: f.Waiver,
			})
		}
	}
	var db attestation.DB
	if d := report.Provenance.Database; d != nil {
		db = attestation.DB{URI: d.Source, Version: d.Digest}
	}
	return attestation.CosignVulnPredicate{
		Invocation: attestation.Invocation{
			Parameters: map[string]any{"threshold": report.Threshold},
			URI:        report.Context.Repository,
			EventID:    report.Context.SHA,
		},
		Scanner:  attestation.Scanner{URI: verifierID, Version: report.Tool.Version, DB: db, Result: result},
		Metadata: attestation.Metadata{ScanStartedOn: now, ScanFinishedOn: now},
	}
}
