package scan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	openvex "github.com/openvex/go-vex/pkg/vex"
	"github.com/package-url/packageurl-go"
)

// An openVEX is a document of OpenVEX.
type openVEX struct{ statements []openvex.Statement }

func readOpenVEX(raw []byte) (vexDocument, error) {
	var doc openvex.VEX
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	for i, s := range doc.Statements {
		if !slices.Contains(openvex.Statuses(), string(s.Status)) {
			return nil, fmt.Errorf("statement %d has the status %q", i+1, s.Status)
		}
	}
	if len(doc.Statements) == 0 {
		return nil, errors.New("it has no statements")
	}
	var written time.Time
	if doc.Timestamp != nil {
		written = *doc.Timestamp
	}
	openvex.SortStatements(doc.Statements, written)
	return openVEX{statements: doc.Statements}, nil
}

// rule returns what the newest statement says.
func (d openVEX) rule(a affected) (r ruling, found bool) {
	for _, s := range d.statements {
		if !s.Vulnerability.Matches(a.id) || !slices.ContainsFunc(s.Products, func(p openvex.Product) bool { return product(p, a) }) {
			continue
		}
		found = true
		r = ruling{
			harmless: s.Status == openvex.StatusNotAffected || s.Status == openvex.StatusFixed,
			why:      reason(string(s.Justification), s.ImpactStatement, s.StatusNotes, string(s.Status)),
		}
	}
	return r, found
}

// product reports whether a product of a statement is the affected package, or
// an image that has it. A product with parts stands for these and nothing else.
func product(p openvex.Product, a affected) bool {
	if len(p.Subcomponents) == 0 && slices.ContainsFunc(a.pkg, p.Component.Matches) {
		return true
	}
	if !slices.ContainsFunc(a.image, p.Component.Matches) {
		return false
	}
	return len(p.Subcomponents) == 0 || slices.ContainsFunc(p.Subcomponents, func(s openvex.Subcomponent) bool {
		return slices.ContainsFunc(a.pkg, s.Component.Matches)
	})
}

// reason joins what a document gives as reasons; the last one is the status,
// where there is no other.
func reason(parts ...string) string {
	given := slices.DeleteFunc(slices.Clone(parts[:len(parts)-1]), func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(given) == 0 {
		return parts[len(parts)-1]
	}
	return strings.Join(given, ": ")
}

// A cycloneVEX is a document of CycloneDX with vulnerabilities.
type cycloneVEX struct {
	vulnerabilities []cdx.Vulnerability
	components      map[string]string // package URLs of what the document itself lists, by reference
}

// readCycloneDX also reports whether the document refers to other ones.
func readCycloneDX(raw []byte) (doc vexDocument, linked bool, err error) {
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(raw), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return nil, false, err
	}
	if bom.Vulnerabilities == nil || len(*bom.Vulnerabilities) == 0 {
		return nil, false, errors.New("it has no vulnerabilities")
	}
	d := cycloneVEX{vulnerabilities: *bom.Vulnerabilities, components: map[string]string{}}
	var all []cdx.Component
	if bom.Components != nil {
		all = *bom.Components
	}
	if bom.Metadata != nil && bom.Metadata.Component != nil {
		all = append(slices.Clone(all), *bom.Metadata.Component)
	}
	for _, c := range all {
		if c.BOMRef != "" && c.PackageURL != "" {
			d.components[c.BOMRef] = c.PackageURL
		}
	}
	for _, v := range d.vulnerabilities {
		for _, affects := range refs(v) {
			linked = linked || cdx.IsBOMLink(affects)
		}
	}
	return d, linked, nil
}

// refs are the references to what a vulnerability affects.
func refs(v cdx.Vulnerability) []string {
	var all []string
	if v.Affects != nil {
		for _, a := range *v.Affects {
			all = append(all, a.Ref)
		}
	}
	return all
}

// rule takes what says that there is harm before what says that there is none.
func (d cycloneVEX) rule(a affected) (r ruling, found bool) {
	for _, v := range d.vulnerabilities {
		if v.ID != a.id || v.Analysis == nil || v.Affects == nil || !slices.ContainsFunc(*v.Affects, func(of cdx.Affects) bool {
			return d.about(of.Ref, a) && covers(of, a, doesNoHarm(v))
		}) {
			continue
		}
		one := ruling{
			harmless: doesNoHarm(v),
			why:      reason(string(v.Analysis.Justification), v.Analysis.Detail, string(v.Analysis.State)),
		}
		if !found || !one.harmless {
			r = one
		}
		found = true
	}
	return r, found
}

// doesNoHarm reports whether the analysis says that a vulnerability does no harm.
func doesNoHarm(v cdx.Vulnerability) bool {
	return v.Analysis != nil && slices.Contains([]cdx.ImpactAnalysisState{
		cdx.IASResolved, cdx.IASResolvedWithPedigree, cdx.IASFalsePositive, cdx.IASNotAffected,
	}, v.Analysis.State)
}

// covers reports whether an entry with versions is about that of the affected
// package. That there is harm is taken to be about all; that there is none, only
// about a version that is named as it is.
func covers(of cdx.Affects, a affected, harmless bool) bool {
	if of.Range == nil || len(*of.Range) == 0 || !harmless {
		return true
	}
	return slices.ContainsFunc(*of.Range, func(v cdx.AffectedVersions) bool {
		return v.Version != "" && v.Status != cdx.VulnerabilityStatusAffected && slices.ContainsFunc(a.pkg, func(name string) bool {
			purl, err := packageurl.FromString(name)
			return err == nil && v.Version == purl.Version
		})
	})
}

// withRanges notes what a document says of ranges of versions, which nobody
// compares.
func withRanges(name string, doc vexDocument) (notes []string) {
	d, _ := doc.(cycloneVEX)
	for _, v := range d.vulnerabilities {
		if v.Affects == nil || !doesNoHarm(v) {
			continue
		}
		for _, of := range *v.Affects {
			if of.Range != nil && slices.ContainsFunc(*of.Range, func(v cdx.AffectedVersions) bool { return v.Range != "" }) {
				notes = append(notes, fmt.Sprintf("%s: what it says of %s names a range of versions, which is not compared: list single versions, or none", name, v.ID))
				break
			}
		}
	}
	return slices.Compact(notes)
}

// about reports whether a reference means the affected package, or an image that
// has it: a package URL, a component of the document, or one of our own SBOM.
func (d cycloneVEX) about(ref string, a affected) bool {
	if link, err := cdx.ParseBOMLink(ref); err == nil {
		if link.SerialNumber() != a.serial || link.Version() != a.version {
			return false
		}
		ref = link.Reference()
	} else if purl, ok := d.components[ref]; ok {
		ref = purl
	}
	return slices.ContainsFunc(slices.Concat(a.pkg, a.image), func(name string) bool {
		return name != "" && (ref == name || openvex.PurlMatches(ref, name))
	})
}
