package scan

import (
	"cmp"
	"fmt"
	"strings"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/scan/utils"
	"github.com/aquasecurity/trivy/pkg/types"
	"github.com/package-url/packageurl-go"
)

// distributions are the names of operating systems in their own os-release, where
// Trivy has others.
var distributions = map[ftypes.OSType]string{
	ftypes.Alma: "almalinux", ftypes.Amazon: "amzn", ftypes.CBLMariner: "mariner", ftypes.CentOSStream: "centos",
	ftypes.Oracle: "ol", ftypes.RedHat: "rhel",
}

// distribution is the name of an operating system in its os-release.
func distribution(os *ftypes.OS) string { return cmp.Or(distributions[os.Family], string(os.Family)) }

// completed returns the package URL of a package of an operating system with what
// others than Trivy need to judge it: the distribution, which Trivy leaves out on
// Alpine and calls by another name on some, and the source package, under whose
// name most advisories are. Without either Grype finds nothing, and says so of
// nothing.
func completed(p ftypes.Package, os *ftypes.OS) *packageurl.PackageURL {
	if p.Identifier.PURL == nil || os == nil {
		return p.Identifier.PURL
	}
	url := *p.Identifier.PURL
	qualifiers := url.Qualifiers.Map()
	qualifiers["distro"] = strings.TrimSuffix(distribution(os)+"-"+os.Name, "-")
	if source := upstream(p, url.Type); source != "" {
		qualifiers["upstream"] = source
	}
	url.Qualifiers = packageurl.QualifiersFromMap(qualifiers)
	return &url
}

// upstream names the source package of a package; "" if it is called the same.
func upstream(p ftypes.Package, kind string) string {
	switch {
	case p.SrcName == "" || p.SrcName == p.Name:
		return ""
	case kind == packageurl.TypeRPM:
		return fmt.Sprintf("%s-%s-%s.src.rpm", p.SrcName, p.SrcVersion, p.SrcRelease)
	case p.SrcVersion == "" || utils.FormatSrcVersion(p) == utils.FormatVersion(p):
		return p.SrcName
	}
	return p.SrcName + "@" + utils.FormatSrcVersion(p)
}

// complete returns a result whose packages have completed package URLs.
func complete(r types.Result, os *ftypes.OS) types.Result {
	packages := make(ftypes.Packages, len(r.Packages))
	for i, p := range r.Packages {
		if r.Class == types.ClassOSPkg {
			p.Identifier.PURL = completed(p, os)
		}
		packages[i] = p
	}
	r.Packages = packages
	return r
}

// packageURLs are the names under which a document may speak of the package of a
// vulnerability: as Trivy has it, and as our SBOM does.
func packageURLs(r types.Result, v types.DetectedVulnerability, os *ftypes.OS) []string {
	if v.PkgIdentifier.PURL == nil {
		return nil
	}
	names := []string{v.PkgIdentifier.PURL.String()}
	for _, p := range r.Packages {
		if r.Class == types.ClassOSPkg && p.Identifier.UID == v.PkgIdentifier.UID && p.Identifier.PURL != nil {
			if name := completed(p, os).String(); name != names[0] {
				return append(names, name)
			}
		}
	}
	return names
}
