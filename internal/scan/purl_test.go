package scan

import (
	"bytes"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/purl"
	"github.com/aquasecurity/trivy/pkg/sbom"
	"github.com/aquasecurity/trivy/pkg/types"
)

// describedOS returns a report with a package of an operating system.
func describedOS(t *testing.T, kind ftypes.TargetType, os ftypes.OS, p ftypes.Package) types.Report {
	t.Helper()
	url, err := purl.New(kind, types.Metadata{OS: &os}, p)
	if err != nil {
		t.Fatal(err)
	}
	p.Identifier = ftypes.PkgIdentifier{UID: "1", PURL: url.Unwrap()}
	return types.Report{
		ArtifactName: "sha256:00", ArtifactType: ftypes.TypeContainerImage, Metadata: types.Metadata{OS: &os},
		Results: types.Results{{Class: types.ClassOSPkg, Type: kind, Packages: ftypes.Packages{p}}},
	}
}

func TestR17CompletedPackageURLs(t *testing.T) {
	for _, c := range []struct {
		os   ftypes.OS
		kind ftypes.TargetType
		pkg  ftypes.Package
		want string
	}{
		{ftypes.OS{Family: ftypes.Debian, Name: "12.5"}, ftypes.Debian,
			ftypes.Package{Name: "libfoo1", Version: "1.2", Release: "3+b1", SrcName: "foo", SrcVersion: "1.2", SrcRelease: "3"},
			"pkg:deb/debian/libfoo1@1.2-3%2Bb1?distro=debian-12.5&upstream=foo%401.2-3"},
		{ftypes.OS{Family: ftypes.Debian, Name: "12.5"}, ftypes.Debian, ftypes.Package{Name: "bash", Version: "5", SrcName: "bash", SrcVersion: "5"},
			"pkg:deb/debian/bash@5?distro=debian-12.5"},
		{ftypes.OS{Family: ftypes.RedHat, Name: "9.4"}, ftypes.RedHat,
			ftypes.Package{Name: "openssl-libs", Version: "3.0.7", Release: "27.el9", Epoch: 1, Arch: "x86_64", SrcName: "openssl", SrcVersion: "3.0.7", SrcRelease: "27.el9"},
			"pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=rhel-9.4&epoch=1&upstream=openssl-3.0.7-27.el9.src.rpm"},
		{ftypes.OS{Family: ftypes.Wolfi, Name: "20230201"}, ftypes.Wolfi, ftypes.Package{Name: "libssl3", Version: "3.5.2-r0", SrcName: "openssl"},
			"pkg:apk/wolfi/libssl3@3.5.2-r0?distro=wolfi-20230201&upstream=openssl"},
	} {
		report := describedOS(t, c.kind, c.os, c.pkg)
		before := report.Results[0].Packages[0].Identifier.PURL.String()
		listed, err := inventory(report, "oci:x")
		if err != nil {
			t.Fatal(err)
		}
		if got := listed.Results[0].Packages[0].Identifier.PURL.String(); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
		v := types.DetectedVulnerability{PkgIdentifier: report.Results[0].Packages[0].Identifier}
		names := packageURLs(report.Results[0], v, &c.os)
		if names[0] != before || before != c.want && (len(names) != 2 || names[1] != c.want) {
			t.Errorf("a VEX file may say %q, want %q and %q", names, before, c.want)
		}
	}
}

// Trivy reads the SBOM as it reads its own: the same system, package and source.
func TestTrivyReadsTheSBOM(t *testing.T) {
	report := describedOS(t, ftypes.RedHat, ftypes.OS{Family: ftypes.RedHat, Name: "9.4"},
		ftypes.Package{ID: "a", Name: "openssl-libs", Version: "3.0.7", Release: "27.el9", Arch: "x86_64", SrcName: "openssl", SrcVersion: "3.0.7", SrcRelease: "27.el9"})
	listed, err := inventory(report, "oci:x")
	if err != nil {
		t.Fatal(err)
	}
	for format, marshal := range map[sbom.Format]bomFormat{sbom.FormatCycloneDXJSON: bomFormats[CycloneDX], sbom.FormatSPDXJSON: bomFormats[SPDX]} {
		content, err := marshal.marshal(t.Context(), listed, toolVersions{})
		if err != nil {
			t.Fatal(err)
		}
		read, err := sbom.Decode(t.Context(), bytes.NewReader(content), format)
		if err != nil {
			t.Fatal(err)
		}
		os := read.Metadata.OS
		if os == nil || os.Family != ftypes.RedHat || os.Name != "9.4" || len(read.Packages) != 1 || len(read.Packages[0].Packages) != 1 {
			t.Fatalf("%s: %+v %+v", format, os, read.Packages)
		}
		if p := read.Packages[0].Packages[0]; p.Name != "openssl-libs" || p.Version != "3.0.7" || p.SrcName != "openssl" {
			t.Errorf("%s: %+v", format, p)
		}
	}
}

func TestOthersKnowSystemAndStandardLibrary(t *testing.T) {
	components := []cdx.Component{
		{Type: cdx.ComponentTypeOS, Name: "redhat"}, {Type: cdx.ComponentTypeLibrary, Name: "stdlib", Version: "v1.22.1", PackageURL: "pkg:golang/stdlib@v1.22.1"},
		{Type: cdx.ComponentTypeLibrary, Name: "x", PackageURL: "pkg:golang/x@v1"},
	}
	introduce(components, &ftypes.OS{Family: ftypes.RedHat, Name: "9.4"})
	if p := components[0].Properties; p == nil || len(*p) != 1 || (*p)[0] != (cdx.Property{Name: "syft:distro:id", Value: "rhel"}) {
		t.Errorf("%+v", p)
	}
	if components[1].CPE != "cpe:2.3:a:golang:go:1.22.1:-:*:*:*:*:*:*" || components[2].CPE != "" {
		t.Errorf("%q %q", components[1].CPE, components[2].CPE)
	}
}
