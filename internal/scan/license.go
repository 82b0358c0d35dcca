package scan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/licensing"
	"github.com/aquasecurity/trivy/pkg/licensing/expression"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// licenseCategories are Trivy's, which are those of Google's licence policy.
func licenseCategories() map[ftypes.LicenseCategory][]string {
	return map[ftypes.LicenseCategory][]string{
		ftypes.CategoryForbidden:    expression.ForbiddenLicenses,
		ftypes.CategoryRestricted:   expression.RestrictedLicenses,
		ftypes.CategoryReciprocal:   expression.ReciprocalLicenses,
		ftypes.CategoryNotice:       expression.NoticeLicenses,
		ftypes.CategoryPermissive:   expression.PermissiveLicenses,
		ftypes.CategoryUnencumbered: expression.UnencumberedLicenses,
	}
}

// licenseRule is the rule about a category; false for those that ask for no more
// than a notice.
func licenseRule(c ftypes.LicenseCategory) (gate.Rule, bool) {
	i := slices.IndexFunc(licenseRules, func(r gate.Rule) bool { return r.ID == "license/"+string(c) })
	if i < 0 {
		return gate.Rule{}, false
	}
	return licenseRules[i], true
}

// licenses adds the licences of the packages of a result: one finding for each
// licence and line.
func (t translation) licenses(groups map[string]*group, s scanned, r types.Result) {
	if !slices.Contains(t.options.Scanners, Licenses) {
		return
	}
	scanner := licensing.NewScanner(licenseCategories())
	for _, p := range r.Packages {
		for _, license := range p.Licenses {
			category, name := classify(scanner, license)
			if rule, ok := licenseRule(category); ok {
				t.license(groups, s, r, p, rule, name)
			}
		}
	}
}

// classify returns the category of a licence, and what it is called. A package
// may hold its text instead of its name.
func classify(scanner licensing.Scanner, license string) (ftypes.LicenseCategory, string) {
	if text, ok := strings.CutPrefix(license, licensing.LicenseTextPrefix); ok {
		category, _ := scanner.ScanTextLicense(text)
		return category, licensing.CustomLicensePrefix + ": " + licensing.TrimLicenseText(text)
	}
	category, _ := scanner.Scan(license)
	return category, license
}

func (t translation) license(groups map[string]*group, s scanned, r types.Result, p ftypes.Package, rule gate.Rule, name string) {
	layer, eco, in := gate.Container, "", ""
	if r.Class == types.ClassLangPkg {
		layer, eco, in = gate.Code, cmp.Or(ecosystem(r.Type), string(r.Type)), cmp.Or(p.FilePath, file(r))
	}
	subject := image.Subject{Reference: t.reference, Named: t.named, Ecosystem: eco, File: in, Origin: s.origins[p.Layer.DiffID]}
	if eco != "" {
		subject.Package = p.Name
	}
	place := t.locate(subject)
	g := add(groups, s, func() *group {
		return &group{
			finding: gate.Finding{
				Rule: rule.ID, Severity: rule.Severity, Layer: layer, Title: rule.Title, Hint: rule.Remediation, URL: rule.URL, Location: place,
			},
			subject: subject,
			license: name,
		}
	}, "license", rule.ID, name, eco, place.String())
	g.packages[gate.Package{Name: p.Name, Installed: p.Version, PURL: packageURL(p.Identifier)}] = true
}

// underLicense says what licence packages are under.
func underLicense(rule, license string, packages []gate.Package) string {
	names := make([]string, len(packages))
	for i, p := range packages {
		names[i] = p.Name + " " + p.Installed
	}
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("%s %s under %s, which is %s", strings.Join(names, ", "), verb, license,
		strings.TrimPrefix(rule, "license/"))
}
