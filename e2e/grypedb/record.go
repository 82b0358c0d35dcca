package main

import (
	"strings"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
)

// add writes a record to a database.
func (r record) add(store v6.ReadWriter, built time.Time) error {
	vulnerability := r.vulnerability(built)
	if err := store.AddVulnerabilities(vulnerability); err != nil {
		return err
	}
	if r.CPE != nil {
		blob := &v6.PackageBlob{CVEs: r.cves(), Ranges: []v6.Range{{Version: v6.Version{Constraint: r.CPE.Constraint}}}}
		return store.AddAffectedCPEs(&v6.AffectedCPEHandle{
			VulnerabilityID: vulnerability.ID,
			CPE:             &v6.Cpe{Part: "a", Vendor: r.CPE.Vendor, Product: r.CPE.Product},
			BlobValue:       blob,
		})
	}
	for _, p := range r.Packages {
		handle := &v6.AffectedPackageHandle{
			VulnerabilityID: vulnerability.ID,
			OperatingSystem: r.system(),
			Package:         &v6.Package{Ecosystem: p.Ecosystem, Name: p.Name},
			BlobValue:       p.blob(r.cves()),
		}
		if err := store.AddAffectedPackages(handle); err != nil {
			return err
		}
	}
	return nil
}

func (r record) vulnerability(built time.Time) *v6.VulnerabilityHandle {
	blob := &v6.VulnerabilityBlob{ID: r.ID, Description: r.Description, Aliases: r.Aliases}
	if r.URL != "" {
		blob.References = []v6.Reference{{URL: r.URL}}
	}
	if r.Severity != "" {
		blob.Severities = append(blob.Severities, v6.Severity{Scheme: v6.SeveritySchemeCHMLN, Value: r.Severity, Rank: 1})
	}
	if r.CVSS != "" {
		score := v6.CVSSSeverity{Vector: r.CVSS, Version: "3.1"}
		blob.Severities = append(blob.Severities, v6.Severity{Scheme: v6.SeveritySchemeCVSS, Value: score, Source: "nvd@nist.gov", Rank: 2})
	}
	return &v6.VulnerabilityHandle{
		Name: r.ID, Status: v6.VulnerabilityActive, BlobValue: blob, ProviderID: r.Provider,
		Provider: &v6.Provider{ID: r.Provider, Version: "1", Processor: "portcullis", DateCaptured: &built},
	}
}

// cves are the names that NVD has for the vulnerability.
func (r record) cves() []string {
	var cves []string
	for _, id := range append([]string{r.ID}, r.Aliases...) {
		if strings.HasPrefix(id, "CVE-") {
			cves = append(cves, id)
		}
	}
	return cves
}

// system is the operating system, nil for packages of a language.
func (r record) system() *v6.OperatingSystem {
	name, release, ok := strings.Cut(r.OS, " ")
	if !ok {
		return nil
	}
	version, codename, _ := strings.Cut(release, " ")
	major, minor, _ := strings.Cut(version, ".")
	return &v6.OperatingSystem{Name: name, ReleaseID: name, MajorVersion: major, MinorVersion: minor, Codename: codename}
}

func (a affected) blob(cves []string) *v6.PackageBlob {
	fix := &v6.Fix{State: v6.NotFixedStatus}
	if a.Fixed != "" {
		fix = &v6.Fix{State: v6.FixedStatus, Version: a.Fixed}
	}
	return &v6.PackageBlob{CVEs: cves, Ranges: []v6.Range{{Version: v6.Version{Type: a.Format, Constraint: a.Constraint}, Fix: fix}}}
}
