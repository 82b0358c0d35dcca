package scan_test

import (
	"strings"
	"testing"
	"testing/fstest"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

const dpkg = "Package: openssl\nStatus: install ok installed\nVersion: 3.0.11-1\nArchitecture: amd64\n\n"

// What cannot be judged is an error, whatever was found.
func TestR17R34R35NothingPassesSilently(t *testing.T) {
	python := map[string]string{"usr/lib/python3/site-packages/a-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n"}
	for _, test := range []struct {
		name, release string
		packages      []string
		files         map[string]string
		want          string
	}{
		{"R17 empty image", "", nil, nil, "operating system was not recognised"},
		{"R17 static binary alone", "", nil, map[string]string{"server": "\x7fELF"}, "no package of a language: there is nothing to check"},
		{"R17 language packages alone", "", nil, map[string]string{"app/node_modules/a/package.json": `{"name":"a","version":"1.0.0"}`}, "operating system was not recognised"},
		{"R17 no package database", "3.22.1", nil, nil, "is alpine 3.22.1, but has no package database"},
		{"R17 empty package database", "3.22.1", []string{}, nil, "has no package database"},
		{"R17 operating system without advisories", "", nil, map[string]string{"etc/fedora-release": "Fedora release 40 (Forty)\n"}, "there are no advisories for its operating system, fedora 40"},
		{"R16 release without advisories", "3.99.0", base, nil, `no "alpine 3.99" in it`},
		{"R16 ecosystem without advisories", "3.22.1", base, python, "no advisories for pip packages"},
		{"R34 damaged rpm database", "3.22.1", base, map[string]string{"var/lib/rpm/rpmdb.sqlite": "not a database"}, "not everything was read"},
		{"R34 package with an invalid version", "3.22.1", append([]string{"evil !!! evil"}, base...), nil, "not everything was read"},
		{"R34 Java archive", "3.22.1", base, map[string]string{"app/a.jar": "PK"}, "holds Java archives"},
		{"R35 packages of another system", "3.22.1", base, map[string]string{"var/lib/dpkg/status": dpkg}, "openssl 3.0.11 is in a package database of dpkg"},
		{"R35 release of another repository", "3.22.1", base, map[string]string{"etc/apk/repositories": "https://example.org/alpine/v3.20/main\n"}, "mixing Alpine versions"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, report := run(t, options(t, store(t, imageOf(t, system(t, test.release, test.packages, test.files), amd64))))
			if s.Verdict != gate.Error || report.ExitCode != gate.ExitIncomplete || report.Images[0].Passed() {
				t.Errorf("%s, exit code %d", s.Verdict, report.ExitCode)
			}
			if !strings.Contains(s.Error, test.want) {
				t.Errorf("got %q, want %q", s.Error, test.want)
			}
		})
	}
}

func TestR34BrokenFixtureOfANodePackageIsNoted(t *testing.T) {
	files := map[string]string{"app/node_modules/resolve/test/malformed/package.json": "{\n"}
	s, _ := run(t, options(t, store(t, imageOf(t, system(t, "3.22.1", base, files), amd64))))
	if s.Verdict != gate.Passed || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "malformed/package.json") {
		t.Errorf("%s %s %q", s.Verdict, s.Error, s.Notes)
	}
}

func TestR35EndOfLifeBlocks(t *testing.T) {
	s, report := run(t, options(t, store(t, imageOf(t, system(t, "3.20.3", []string{"musl 1.2.5-r0 musl"}, nil), amd64))))
	if s.Verdict != gate.Failed || len(s.Findings) != 1 || s.Findings[0].Rule != "scan/os-end-of-life" {
		t.Errorf("%s %s %+v", s.Verdict, s.Error, s.Findings)
	}
	if v := report.Images[0].Platforms[0].Verdict; v != gate.Failed {
		t.Errorf("the platform has %s", v)
	}
}

// debian is a database with one advisory for the package of dpkg.
func debian(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := scan.BuildDatabase(dir, fstest.MapFS{"a.yaml": {Data: []byte(`- bucket: debian 12
  pairs:
    - bucket: openssl
      pairs:
        - key: CVE-2023-5678
          value: {FixedVersion: "3.0.13-1~deb12u1"}
- bucket: vulnerability
  pairs:
    - key: CVE-2023-5678
      value: {Title: "openssl: slow DH keys", Severity: MEDIUM, VendorSeverity: {nvd: 2}}
`)}}, now)
	if err != nil {
		t.Fatal(err)
	}
	return "dir:" + dir
}

func TestR33SBOMInTheImageHidesNothing(t *testing.T) {
	sbom := `{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[
	  {"bom-ref":"a","type":"application","name":"var/lib/dpkg/status","properties":[
	    {"name":"aquasecurity:trivy:Type","value":"npm"},{"name":"aquasecurity:trivy:Class","value":"lang-pkgs"}]},
	  {"bom-ref":"b","type":"library","name":"harmless","version":"1.0.0","purl":"pkg:npm/harmless@1.0.0"}],
	  "dependencies":[{"ref":"a","dependsOn":["b"]}]}`
	o := options(t, store(t, imageOf(t, system(t, "", nil, map[string]string{
		"etc/os-release": "ID=debian\nVERSION_ID=\"12\"\n", "etc/debian_version": "12.1\n",
		"var/lib/dpkg/status": dpkg, "bom.cdx.json": sbom,
	}), amd64)))
	o.Database.Repository = debian(t)
	s, _ := run(t, o)
	if len(s.Findings) != 1 || s.Findings[0].Rule != "CVE-2023-5678" || s.Verdict != gate.Passed {
		t.Errorf("%s %s %+v", s.Verdict, s.Error, s.Findings)
	}
}

func TestR33HistoryHidesNoSecret(t *testing.T) {
	img := imageOf(t, system(t, "3.22.1", base, map[string]string{"app/.env": "key = \"AKIA" + "2E0A8F3B244C9986\"\n"}), amd64)
	layers, err := imageOf(t, system(t, "", nil, map[string]string{"app/readme": "later"}), amd64).Layers()
	if err != nil {
		t.Fatal(err)
	}
	// What a base image looks like: its CMD comes before the last layer.
	img, err = mutate.Append(img,
		mutate.Addendum{History: v1.History{CreatedBy: "CMD [\"/bin/sh\"]", EmptyLayer: true}},
		mutate.Addendum{Layer: layers[0], History: v1.History{CreatedBy: "RUN true"}})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := run(t, options(t, store(t, img)))
	if len(s.Findings) != 1 || s.Findings[0].Rule != "secret/aws-access-key-id" {
		t.Errorf("%s %s %+v", s.Verdict, s.Error, s.Findings)
	}
}
