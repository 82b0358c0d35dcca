package scan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	dbtypes "github.com/aquasecurity/trivy-db/pkg/types"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// A translation turns what Trivy found in one image into findings.
type translation struct {
	options           *Options
	reference, digest string
	named             gate.Location // by a manifest; the zero value: by nobody
	locate            func(image.Subject) gate.Location
	vex               *vex
	// newer says which newer base image there is, "" for none; nil: not known.
	newer func(base string) string
	// via names what brings a package of a lock file, the direct dependency first;
	// nil: not known.
	via func(image.Subject) []string
}

// remember returns locate with a memory: a lock file is searched once for each
// package, however often an image has it.
func remember(locate func(image.Subject) gate.Location) func(image.Subject) gate.Location {
	known := map[image.Subject]gate.Location{}
	return func(s image.Subject) gate.Location {
		key := s.Key()
		place, ok := known[key]
		if !ok {
			place = locate(s)
			known[key] = place
		}
		return place
	}
}

// A group is one fault of an image that one line brought in: one vulnerability
// in the packages of one source, or one secret, wherever in the image and on
// whichever platform it was found.
type group struct {
	finding  gate.Finding
	subject  image.Subject
	packages map[gate.Package]bool
	license  string // that they are under; "": it is not about that
}

// findings is a pure function of the reports. A platform that could not be
// judged still shows what was found on it.
func (t translation) findings(scans []scanned) []gate.Finding {
	groups := map[string]*group{}
	for _, s := range scans {
		for _, r := range s.report.Results {
			for _, v := range sorted(r.Vulnerabilities) {
				if !t.options.IgnoreUnfixed || v.Status == dbtypes.StatusFixed || v.FixedVersion != "" {
					t.vulnerability(groups, s, r, v)
				}
			}
			for _, secret := range r.Secrets {
				t.secret(groups, s, r, secret)
			}
			t.licenses(groups, s, r)
		}
		t.endOfLife(groups, s)
	}
	findings := make([]gate.Finding, 0, len(groups))
	for _, g := range groups {
		findings = append(findings, t.finish(g))
	}
	slices.SortFunc(findings, gate.Compare)
	return findings
}

// sorted returns vulnerabilities in an order of their own: Trivy's is not the
// same in every run, and the first one of a group gives it its place.
func sorted(found []types.DetectedVulnerability) []types.DetectedVulnerability {
	return slices.SortedFunc(slices.Values(found), func(a, b types.DetectedVulnerability) int {
		return cmp.Or(cmp.Compare(a.PkgPath, b.PkgPath), cmp.Compare(a.PkgName, b.PkgName),
			cmp.Compare(a.InstalledVersion, b.InstalledVersion), cmp.Compare(a.VulnerabilityID, b.VulnerabilityID))
	})
}

// add returns the group of a key, made by first if it is new, with the
// platform in it.
func add(groups map[string]*group, s scanned, first func() *group, key ...string) *group {
	k := strings.Join(key, "\x00")
	g, ok := groups[k]
	if !ok {
		g = first()
		g.packages = map[gate.Package]bool{}
		groups[k] = g
	}
	if s.platform.Name != "" && !slices.Contains(g.finding.Platforms, s.platform.Name) {
		g.finding.Platforms = append(g.finding.Platforms, s.platform.Name)
	}
	return g
}

func (t translation) vulnerability(groups map[string]*group, s scanned, r types.Result, v types.DetectedVulnerability) {
	layer, eco, name := gate.Container, "", ""
	if r.Class == types.ClassLangPkg {
		layer, eco, name = gate.Code, cmp.Or(ecosystem(r.Type), string(r.Type)), cmp.Or(v.PkgPath, file(r))
	}
	severity := t.severity(v.Severity) //nolint:staticcheck // of the database; Trivy puts there what it chose by vendor
	subject := image.Subject{Reference: t.reference, Named: t.named, Ecosystem: eco, File: name, Origin: s.origins[v.Layer.DiffID]}
	if eco != "" || subject.Origin.Copied() {
		subject.Package, subject.Version = v.PkgName, v.InstalledVersion
	}
	place := t.locate(subject)
	waiver, status, why := t.waiver(s, r, v), gate.New, ""
	if waiver != nil {
		status, why = gate.Waived, waiver.Source+"\x00"+waiver.Justification
	}
	g := add(groups, s, func() *group {
		return &group{
			finding: gate.Finding{
				Status: status, Waiver: waiver,
				Rule: v.VulnerabilityID, Severity: severity, Layer: layer,
				Title: cmp.Or(v.Title, v.VulnerabilityID), URL: v.PrimaryURL, Location: place,
				CVSS: score(v), SeveritySource: string(v.SeveritySource),
			},
			subject: subject,
		}
	}, "vulnerability", v.VulnerabilityID, eco, source(r, v), place.String(), why)
	// A vendor may rate packages of one source differently.
	if severity.Effective() > g.finding.Severity.Effective() {
		g.finding.Severity, g.finding.SeveritySource = severity, string(v.SeveritySource)
	}
	for _, name := range s.foundBy(v.VulnerabilityID, v.PkgName, v.InstalledVersion) {
		if !slices.Contains(g.finding.FoundBy, name) {
			g.finding.FoundBy = append(g.finding.FoundBy, name)
		}
	}
	g.packages[gate.Package{Name: v.PkgName, Installed: v.InstalledVersion, Fixed: v.FixedVersion, PURL: packageURL(v.PkgIdentifier)}] = true
}

// packageURL is the package URL of a package, "" if there is none. It is the same
// for all platforms: they are named in the qualifiers, which are left out.
func packageURL(id ftypes.PkgIdentifier) string {
	if id.PURL == nil {
		return ""
	}
	purl := *id.PURL
	purl.Qualifiers, purl.Subpath = nil, ""
	return purl.String()
}

// file is the path in the image that a result is about. Packages that were
// found one by one have paths of their own, and the result has a label.
func file(r types.Result) string {
	if strings.Contains(r.Target, "/") || strings.Contains(r.Target, ".") {
		return r.Target
	}
	return ""
}

// source is the name of the source package that a package was built from:
// libssl3 and libcrypto3 both come from openssl.
func source(r types.Result, v types.DetectedVulnerability) string {
	for _, p := range r.Packages {
		if p.Name == v.PkgName && (p.ID == v.PkgID || v.PkgID == "") && p.SrcName != "" {
			return p.SrcName
		}
	}
	return v.PkgName
}

func (t translation) secret(groups map[string]*group, s scanned, r types.Result, found types.DetectedSecret) {
	place := t.locate(image.Subject{Reference: t.reference, Named: t.named, File: r.Target, Origin: s.origins[found.Layer.DiffID]})
	place.Object = r.Target // the instruction may have the secret in it
	add(groups, s, func() *group {
		return &group{
			finding: gate.Finding{
				Rule: "secret/" + found.RuleID, Severity: t.severity(found.Severity), Layer: gate.Container,
				Title: found.Title, Sensitive: true, Location: place,
				// The match is masked by Trivy, but what stands around it is not:
				// it stays where it is.
				Message: fmt.Sprintf("%s, line %d, holds a secret: %s", r.Target, found.StartLine, found.Title),
				Hint:    "replace the secret, then build the image without it: deleting the file in a later layer keeps it",
			},
		}
	}, "secret", found.RuleID, r.Target, fmt.Sprint(found.StartLine), place.String())
}

func (t translation) endOfLife(groups map[string]*group, s scanned) {
	os := s.report.Metadata.OS
	if os == nil || !os.Eosl {
		return
	}
	subject := image.Subject{Reference: t.reference, Named: t.named}
	for _, o := range s.origins {
		if o.Inherited { // the same line for all that are
			subject.Origin = o
		}
	}
	place := t.locate(subject)
	add(groups, s, func() *group {
		return &group{
			finding: gate.Finding{
				Rule: endOfLife.ID, Severity: endOfLife.Severity, Layer: endOfLife.Layer, Title: endOfLife.Title,
				Message: osName(s.report) + " gets no more security updates", Hint: endOfLife.Remediation,
				Location: place,
			},
		}
	}, "end of life", osName(s.report), place.String())
}

// finish fills in what depends on the whole group.
func (t translation) finish(g *group) gate.Finding {
	f := g.finding
	f.Image = t.digest
	slices.Sort(f.Platforms)
	for p := range g.packages {
		f.Packages = append(f.Packages, p)
	}
	slices.SortFunc(f.Packages, func(a, b gate.Package) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Installed, b.Installed), cmp.Compare(a.Fixed, b.Fixed), cmp.Compare(a.PURL, b.PURL))
	})
	if len(f.Packages) > 0 {
		f.Object = f.Packages[0].Name + " " + f.Packages[0].Installed
		if g.license != "" {
			f.Message = underLicense(f.Rule, g.license, f.Packages)
			return f
		}
		f.Message, f.Hint = describe(f.Rule, f.Packages, g.subject)
		f.Message, f.Hint = t.brought(f, g.subject)
		t.inherit(&f, g.subject)
		if slices.Sort(f.FoundBy); len(f.FoundBy) > 0 {
			f.Message += ", found by " + strings.Join(f.FoundBy, ", ")
		}
	}
	return f
}

// inherit marks what the base image brought, and names a newer one.
func (t translation) inherit(f *gate.Finding, s image.Subject) {
	at := s.Origin.Location
	f.Inherited = s.Origin.Inherited && at.Path == f.Path && at.Line == f.Line
	if !f.Inherited || t.newer == nil {
		return
	}
	if base := t.newer(s.Origin.Base); base != "" {
		f.Hint = "use " + base + ", which the registry has in place of " + s.Origin.Base
	}
}

// severity reads a severity of Trivy.
func (t translation) severity(s string) gate.Severity {
	severity, err := gate.ParseSeverity(s)
	if err != nil || severity == gate.Unknown {
		return t.options.UnknownSeverity
	}
	return severity
}
