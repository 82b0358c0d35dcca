package scan

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/types"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

type kind struct {
	bucket, advisory string
	os               ftypes.OS
	lang             ftypes.LangType
}

// kinds are what a database of one advisory each is drawn from, and a report that has such packages.
var kinds = []kind{
	{bucket: "alpine 3.22", advisory: `FixedVersion: "1.0-r0"`, os: ftypes.OS{Family: ftypes.Alpine, Name: "3.22.1"}},
	{bucket: "wolfi", advisory: `FixedVersion: "1.0-r0"`, os: ftypes.OS{Family: ftypes.Wolfi, Name: "20230201"}},
	{bucket: "debian 12", advisory: `FixedVersion: "1.0-1"`, os: ftypes.OS{Family: ftypes.Debian, Name: "12.5"}},
	{bucket: "ubuntu 24.04", advisory: `FixedVersion: "1.0-1"`, os: ftypes.OS{Family: ftypes.Ubuntu, Name: "24.04"}},
	{bucket: "rocky 9", advisory: `FixedVersion: "1.0-1.el9"`, os: ftypes.OS{Family: ftypes.Rocky, Name: "9.4"}},
	{bucket: "amazon linux 2", advisory: `FixedVersion: "1.0-1.amzn2"`, os: ftypes.OS{Family: ftypes.Amazon, Name: "2 (Karoo)"}},
	{bucket: "alma 9", advisory: `FixedVersion: "1.0-1.el9"`, os: ftypes.OS{Family: ftypes.Alma, Name: "9.4"}},
	{bucket: "Azure Linux 3.0", advisory: `FixedVersion: "1.0-1.azl3"`, os: ftypes.OS{Family: ftypes.Azure, Name: "3.0.20240401"}},
	{bucket: "bottlerocket", advisory: `FixedVersion: "1.0-1"`, os: ftypes.OS{Family: ftypes.Bottlerocket, Name: "1.20.0"}},
	{bucket: "CBL-Mariner 2.0", advisory: `FixedVersion: "1.0-1.cm2"`, os: ftypes.OS{Family: ftypes.CBLMariner, Name: "2.0.20240401"}},
	{bucket: "chainguard", advisory: `FixedVersion: "1.0-r0"`, os: ftypes.OS{Family: ftypes.Chainguard, Name: "20230214"}},
	{bucket: "echo", advisory: `FixedVersion: "1.0-1"`, os: ftypes.OS{Family: ftypes.Echo, Name: "1"}},
	{bucket: "minimos", advisory: `FixedVersion: "1.0-r0"`, os: ftypes.OS{Family: ftypes.MinimOS, Name: "20241031"}},
	{bucket: "openSUSE Leap 15.6", advisory: `FixedVersion: "1.0-1"`, os: ftypes.OS{Family: ftypes.OpenSUSELeap, Name: "15.6"}},
	{bucket: "openSUSE Tumbleweed", advisory: `FixedVersion: "1.0-1"`, os: ftypes.OS{Family: ftypes.OpenSUSETumbleweed, Name: "20260801"}},
	{bucket: "SUSE Linux Enterprise 15.6", advisory: `FixedVersion: "1.0-1"`, os: ftypes.OS{Family: ftypes.SLES, Name: "15.6"}},
	{bucket: "SUSE Linux Enterprise Micro 6.0", advisory: `FixedVersion: "1.0-1"`, os: ftypes.OS{Family: ftypes.SLEMicro, Name: "6.0"}},
	{bucket: "Oracle Linux 9", advisory: `FixedVersion: "1.0-1.el9"`, os: ftypes.OS{Family: ftypes.Oracle, Name: "9.4"}},
	{bucket: "Photon OS 5.0", advisory: `FixedVersion: "1.0-1.ph5"`, os: ftypes.OS{Family: ftypes.Photon, Name: "5.0"}},
	{bucket: redHat, advisory: `Entries: [{FixedVersion: "1.0-1.el9", Affected: [7], Cves: [{ID: CVE-2099-0001, Severity: 2}]}]`, os: ftypes.OS{Family: ftypes.RedHat, Name: "9.4"}},
	{bucket: redHat, os: ftypes.OS{Family: ftypes.CentOS, Name: "8"}},
	{bucket: "npm::GitHub", advisory: `VulnerableVersions: ["< 4.17.21"]`, lang: ftypes.NodePkg},
	{bucket: "pip::GitHub", advisory: `VulnerableVersions: [">= 1.0.0, < 1.2.6"]`, lang: ftypes.PythonPkg},
	{bucket: "rubygems::Ruby", advisory: `PatchedVersions: [">= 1.2"]`, lang: ftypes.GemSpec},
	{bucket: "composer::GitHub", advisory: `VulnerableVersions: ["<2.0"]`, lang: ftypes.ComposerVendor},
	{bucket: "nuget::GitHub", advisory: `VulnerableVersions: ["= 2.0.0"]`, lang: ftypes.DotNetCore},
	{bucket: "go::GitHub", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.GoBinary},
	{bucket: "cargo::GitHub", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.RustBinary},
	{bucket: "maven::GitHub", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.Jar},
	{bucket: "pub::GitHub", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.Pub},
	{bucket: "erlang::GitHub", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.Hex},
	{bucket: "conan::GitLab", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.Conan},
	{bucket: "swift::GitHub", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.Swift},
	{bucket: "cocoapods::GitHub", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.Cocoapods},
	{bucket: "julia::JLSEC", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.Julia},
	{bucket: "bitnami::Bitnami", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.Bitnami},
	{bucket: "k8s::Kubernetes", advisory: `VulnerableVersions: ["< 1.2.3"]`, lang: ftypes.K8sUpstream},
}

// reportOf is a report with one package of a kind.
func reportOf(os ftypes.OS, lang ftypes.LangType) types.Report {
	r := types.Result{Class: types.ClassLangPkg, Type: lang, Packages: ftypes.Packages{{Name: "a", Version: "1"}}}
	report := types.Report{Results: types.Results{r}}
	if os.Family != "" {
		report.Metadata.OS = &os
		report.Results[0].Class, report.Results[0].Type = types.ClassOSPkg, ftypes.TargetType(os.Family)
	}
	return report
}

// proving returns a stage and an engine over a database with an advisory of each kind.
func proving(t *testing.T, scanners ...string) (*Stage, *engine) {
	t.Helper()
	dir, now := t.TempDir(), time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	var yaml strings.Builder
	for _, k := range kinds {
		if k.advisory == "" {
			continue // in a bucket that has one
		}
		fmt.Fprintf(&yaml, "- bucket: %q\n  pairs:\n    - bucket: \"acme:canary\"\n      pairs:\n        - key: CVE-2099-0001\n          value: {%s}\n", k.bucket, k.advisory)
	}
	yaml.WriteString("- bucket: \"Red Hat CPE\"\n  pairs:\n    - bucket: repository\n      pairs:\n")
	for _, repository := range []string{"rhel-8-for-x86_64-baseos-rpms", "rhel-9-for-x86_64-baseos-rpms"} {
		fmt.Fprintf(&yaml, "        - key: %s\n          value: [7]\n", repository)
	}
	yaml.WriteString("- bucket: vulnerability\n  pairs:\n    - key: CVE-2099-0001\n      value: {Severity: LOW}\n")
	content := strings.ReplaceAll(yaml.String(), "acme:canary", "canary")
	if err := BuildDatabase(dir, fstest.MapFS{"a.yaml": {Data: []byte(content)}}, now); err != nil {
		t.Fatal(err)
	}
	s := New(Options{Scanners: scanners, Database: Database{Repository: "dir:" + dir}, Now: func() time.Time { return now }, UnknownSeverity: gate.High})
	var err error
	if s.database, err = s.openDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := s.startEngine()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, e
}

func TestR16EveryKindOfPackagesIsProved(t *testing.T) {
	s, e := proving(t, Vulnerabilities)
	for _, k := range kinds {
		report := reportOf(k.os, k.lang)
		if err := s.prove(t.Context(), e, report); err != nil {
			t.Errorf("%s: %v", k.bucket, err)
		}
		if _, proved := e.proved[kindOf(report, report.Results[0])]; !proved {
			t.Errorf("%s: nothing was proved", k.bucket)
		}
	}
}

func TestR16EngineThatFindsNothingIsAnError(t *testing.T) {
	s, e := proving(t, Secrets) // as if the scanner had been switched off on the way
	for _, k := range kinds {
		report := reportOf(k.os, k.lang)
		if err := s.prove(t.Context(), e, report); err == nil || !strings.Contains(err.Error(), "the scanner does not work for") {
			t.Errorf("%s: %v", k.bucket, err)
		}
	}
}

func TestCanariesAreWhatAdvisoriesAreAbout(t *testing.T) {
	for raw, want := range map[string]string{
		`{"FixedVersion":"1.2"}`:                           "0",
		`{"FixedVersion":"0"}`:                             "",
		`{"FixedVersion":"2","AffectedVersion":"1"}`:       "",
		`{"VulnerableVersions":["<1"]}`:                    "0",
		`{"VulnerableVersions":["<= 1"]}`:                  "0",
		`{"VulnerableVersions":[">= 1.2.0, < 2","< 0.1"]}`: "1.2.0",
		`{"VulnerableVersions":["=1.5"]}`:                  "1.5",
		`{"VulnerableVersions":["> 1.5"]}`:                 "",
		`{"PatchedVersions":[">= 2"]}`:                     "0",
		`{"Status":3}`:                                     "",
		`{`:                                                "",
	} {
		if got, ok := vulnerable([]byte(raw), "0"); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v", raw, got, ok)
		}
	}
}
