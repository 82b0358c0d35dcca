package scan

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/aquasecurity/trivy/pkg/sbom/spdx"
	"github.com/aquasecurity/trivy/pkg/types"
	spdxjson "github.com/spdx/tools-golang/json"
	spdxmodel "github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
)

// marshalSPDX returns the SBOM as SPDX. The name of the document follows from
// its content, where Trivy makes a random one.
func marshalSPDX(ctx context.Context, report types.Report, tools toolVersions) ([]byte, error) {
	doc, err := spdx.NewMarshaler(tools.trivy).MarshalReport(ctx, report)
	if err != nil {
		return nil, err
	}
	doc.DocumentNamespace = ""
	doc.CreationInfo.Creators = []common.Creator{
		{CreatorType: "Tool", Creator: "trivy-" + tools.trivy},
		{CreatorType: "Tool", Creator: "portcullis-" + cmp.Or(tools.portcullis, "unknown")},
	}
	identify(doc, report)
	content, err := encodeSPDX(doc)
	if err != nil {
		return nil, err
	}
	// The place that the specification gives to documents of no website.
	doc.DocumentNamespace = fmt.Sprintf("https://spdx.org/spdxdocs/%s-%s", path.Base(doc.DocumentName), named(content))
	return encodeSPDX(doc)
}

// identify gives the package that stands for the image its digest, and the
// system its purpose.
func identify(doc *spdxmodel.Document, report types.Report) {
	digest := report.ArtifactName
	if len(report.Metadata.RepoDigests) > 0 {
		_, digest, _ = strings.Cut(report.Metadata.RepoDigests[0], "@")
	}
	for _, p := range doc.Packages {
		if p.PrimaryPackagePurpose == spdx.PackagePurposeOS {
			p.PrimaryPackagePurpose = "OPERATING_SYSTEM" // what the schema of the JSON form calls it
		}
		if p.PrimaryPackagePurpose == spdx.PackagePurposeContainer {
			p.PackageVersion = digest
			p.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: strings.TrimPrefix(digest, "sha256:")}}
		}
	}
}

func encodeSPDX(doc *spdxmodel.Document) ([]byte, error) {
	var out bytes.Buffer
	err := spdxjson.Write(doc, &out, spdxjson.Indent("  "), spdxjson.EscapeHTML(false))
	return out.Bytes(), err
}
