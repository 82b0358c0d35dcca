package scan

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/sbom/cyclonedx"
	"github.com/aquasecurity/trivy/pkg/types"
	"github.com/google/uuid"
)

// marshalCycloneDX returns the SBOM as CycloneDX. Trivy makes random references
// and a random serial number; here they follow from the content.
func marshalCycloneDX(ctx context.Context, report types.Report, tools toolVersions) ([]byte, error) {
	digest := report.Metadata.RepoDigests
	marshaler := cyclonedx.NewMarshaler(tools.trivy)
	bom, err := marshaler.MarshalReport(ctx, report)
	if err != nil {
		return nil, err
	}
	bom.Vulnerabilities, bom.SerialNumber = nil, ""
	subject := bom.Metadata.Component
	subject.Version = report.ArtifactName
	if len(digest) > 0 {
		_, subject.Version, _ = strings.Cut(digest[0], "@")
	}
	subject.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: strings.TrimPrefix(subject.Version, "sha256:")}}
	ours := append(*bom.Metadata.Tools.Components, cdx.Component{
		Type: cdx.ComponentTypeApplication, Name: "portcullis", Version: cmp.Or(tools.portcullis, "unknown"),
	})
	bom.Metadata.Tools.Components = &ours
	introduce(*bom.Components, report.Metadata.OS)
	if err := settle(bom); err != nil {
		return nil, err
	}
	content, err := encodeCycloneDX(bom)
	if err != nil {
		return nil, err
	}
	bom.SerialNumber = named(content).URN()
	return encodeCycloneDX(bom)
}

// introduce adds what other scanners know an operating system and the standard
// library of Go by, for which there are advisories under these names only.
func introduce(components []cdx.Component, os *ftypes.OS) {
	for i := range components {
		switch c := &components[i]; {
		case c.Type == cdx.ComponentTypeOS && os != nil && distribution(os) != c.Name:
			id := cdx.Property{Name: "syft:distro:id", Value: distribution(os)}
			properties := append(slices.Clone(*cmp.Or(c.Properties, &[]cdx.Property{})), id)
			c.Properties = &properties
		case strings.HasPrefix(c.PackageURL, "pkg:golang/stdlib@"):
			c.CPE = "cpe:2.3:a:golang:go:" + strings.TrimPrefix(c.Version, "v") + ":-:*:*:*:*:*:*"
		}
	}
}

// serialOf is the serial number of the SBOM as CycloneDX.
func serialOf(ctx context.Context, report types.Report, tools toolVersions) (string, error) {
	content, err := marshalCycloneDX(ctx, report, tools)
	if err != nil {
		return "", err
	}
	var bom cdx.BOM
	err = json.Unmarshal(content, &bom)
	return bom.SerialNumber, err
}

func encodeCycloneDX(bom *cdx.BOM) ([]byte, error) {
	var out bytes.Buffer
	err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(bom, cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// settle replaces random references by ones that follow from what a component
// is and needs, and sorts by them.
func settle(bom *cdx.BOM) error {
	all := append([]cdx.Component{*bom.Metadata.Component}, *bom.Components...)
	content := map[string]string{} // of components, by reference
	for _, c := range all {
		ref := c.BOMRef
		c.BOMRef = ""
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		content[ref] = string(text)
	}
	needs := map[string][]string{}
	for _, d := range *bom.Dependencies {
		for _, ref := range *d.Dependencies {
			needs[d.Ref] = append(needs[d.Ref], content[ref])
		}
	}
	refs, taken := map[string]string{}, map[string]int{}
	for _, c := range all {
		refs[c.BOMRef] = c.BOMRef
		if _, err := uuid.Parse(c.BOMRef); err != nil {
			continue
		}
		slices.Sort(needs[c.BOMRef])
		ref := named([]byte(content[c.BOMRef] + strings.Join(needs[c.BOMRef], "\n"))).String()
		taken[ref]++
		if n := taken[ref]; n > 1 {
			ref = fmt.Sprintf("%s-%d", ref, n) // the same thing twice
		}
		refs[c.BOMRef] = ref
	}
	rename(bom, refs)
	return nil
}

// rename gives components their references.
func rename(bom *cdx.BOM, refs map[string]string) {
	bom.Metadata.Component.BOMRef = refs[bom.Metadata.Component.BOMRef]
	components := *bom.Components
	for i := range components {
		components[i].BOMRef = refs[components[i].BOMRef]
	}
	slices.SortFunc(components, func(a, b cdx.Component) int { return cmp.Compare(a.BOMRef, b.BOMRef) })
	dependencies := *bom.Dependencies
	for i := range dependencies {
		d := &dependencies[i]
		d.Ref = refs[d.Ref]
		for j, ref := range *d.Dependencies {
			(*d.Dependencies)[j] = refs[ref]
		}
		slices.Sort(*d.Dependencies)
		*d.Dependencies = slices.Compact(*d.Dependencies)
	}
	slices.SortFunc(dependencies, func(a, b cdx.Dependency) int { return cmp.Compare(a.Ref, b.Ref) })
}
