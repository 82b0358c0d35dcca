package scan_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// licensed is an image with packages under these licences; those of the system are under MIT.
func licensed(t *testing.T, licenses map[string]string) string {
	t.Helper()
	files := map[string]string{}
	for name, license := range licenses {
		files["app/node_modules/"+name+"/package.json"] = `{"name":"` + name + `","version":"1.0.0","license":"` + license + `"}`
	}
	return store(t, imageOf(t, system(t, "3.22.1", base, files), amd64))
}

func TestLicenses(t *testing.T) {
	for license, want := range map[string]string{
		"AGPL-3.0-only":                  "critical license/forbidden a 1.0.0",
		"GPL-2.0":                        "high license/restricted a 1.0.0",
		"MPL-2.0":                        "medium license/reciprocal a 1.0.0",
		"Do What I Say":                  "medium license/unknown a 1.0.0",
		"(MIT OR GPL-2.0-only)":          "",
		"(Apache-2.0 AND GPL-2.0)":       "high license/restricted a 1.0.0",
		"MIT":                            "",
		"BSD-3-Clause":                   "",
		"GPL-2.0-with-classpath-\\u001b": "medium license/unknown a 1.0.0",
	} {
		o := options(t, licensed(t, map[string]string{"a": license}))
		o.Scanners, o.Database = []string{scan.Licenses}, scan.Database{Repository: "dir:/nowhere"}
		s, report := run(t, o)
		got := ""
		for _, f := range s.Findings {
			got += f.Severity.String() + " " + f.Rule + " " + f.Object
			if f.Layer != gate.Code || len(f.Packages) != 1 || f.Hint == "" || f.Image != report.Images[0].Digest {
				t.Errorf("%s: %+v", license, f)
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q (%s)", license, got, want, s.Error)
		}
		if closed := strings.HasPrefix(want, "critical") || strings.HasPrefix(want, "high"); closed != (s.Verdict == gate.Failed) {
			t.Errorf("%s: %s", license, s.Verdict)
		}
	}
}

func TestOneFindingForPackagesUnderOneLicense(t *testing.T) {
	o := options(t, licensed(t, map[string]string{"a": "GPL-3.0", "b": "GPL-3.0", "c": "MPL-2.0", "d": "MIT"}))
	o.Scanners = []string{scan.Licenses, scan.Vulnerabilities}
	s, _ := run(t, o)
	var messages []string
	for _, f := range s.Findings {
		messages = append(messages, f.Message)
	}
	want := []string{"c 1.0.0 is under MPL-2.0, which is reciprocal", "a 1.0.0, b 1.0.0 are under GPL-3.0-only, which is restricted"}
	if !slices.Equal(messages, want) {
		t.Errorf("got %q", messages)
	}
}

func TestR17NoPackagesHaveNoLicenses(t *testing.T) {
	o := options(t, store(t, imageOf(t, system(t, "", nil, map[string]string{"app/readme": "x"}), amd64)))
	o.Scanners, o.Database = []string{scan.Licenses}, scan.Database{Repository: "dir:/nowhere"}
	if s, _ := run(t, o); s.Verdict != gate.Error || !strings.Contains(s.Error, "no packages were found") {
		t.Errorf("%s %s", s.Verdict, s.Error)
	}
}

// scored is a database with one vulnerability of musl that several have rated.
func scored(t *testing.T, rating string) string {
	t.Helper()
	dir := t.TempDir()
	err := scan.BuildDatabase(dir, fstest.MapFS{"a.yaml": {Data: []byte("- bucket: alpine 3.22\n  pairs:\n    - bucket: musl\n      pairs:\n" +
		"        - key: CVE-2099-0001\n          value: {FixedVersion: \"9-r0\"}\n- bucket: vulnerability\n  pairs:\n    - key: CVE-2099-0001\n      value:\n" + rating)}}, now)
	if err != nil {
		t.Fatal(err)
	}
	return "dir:" + dir
}

func TestScoreAndWhoRated(t *testing.T) {
	for _, test := range []struct {
		rating, source, severity string
		want                     *gate.CVSS
	}{
		{"        VendorSeverity: {nvd: 4, ghsa: 2}\n        CVSS: {nvd: {V3Score: 9.8, V3Vector: \"CVSS:3.1/A\"}, ghsa: {V3Score: 5, V3Vector: \"CVSS:3.1/B\"}}\n",
			"nvd", "critical", &gate.CVSS{Score: 9.8, Vector: "CVSS:3.1/A", Source: "nvd"}},
		{"        VendorSeverity: {ubuntu: 2}\n        Severity: MEDIUM\n        CVSS: {redhat: {V3Score: 6, V3Vector: \"CVSS:3.0/C\"}, ghsa: {V40Score: 7, V40Vector: \"CVSS:4.0/D\", V3Score: 5, V3Vector: \"CVSS:3.1/B\"}}\n",
			"", "medium", &gate.CVSS{Score: 7, Vector: "CVSS:4.0/D", Source: "ghsa"}},
		{"        VendorSeverity: {nvd: 3}\n        CVSS: {nvd: {V2Score: 7.5, V2Vector: \"AV:N\"}}\n", "nvd", "high", &gate.CVSS{Score: 7.5, Vector: "AV:N", Source: "nvd"}},
		{"        VendorSeverity: {nvd: 1}\n", "nvd", "low", nil},
	} {
		o := options(t, store(t, imageOf(t, system(t, "3.22.1", base, nil), amd64)))
		o.Database.Repository = scored(t, test.rating)
		s, _ := run(t, o)
		if len(s.Findings) != 1 {
			t.Fatalf("%s %+v", s.Error, s.Findings)
		}
		f := s.Findings[0]
		if f.SeveritySource != test.source || f.Severity.String() != test.severity || (f.CVSS == nil) != (test.want == nil) || f.CVSS != nil && *f.CVSS != *test.want {
			t.Errorf("%s: %s by %q, %+v", test.rating, f.Severity, f.SeveritySource, f.CVSS)
		}
	}
}

// One vulnerability of one source in twelve packages is one finding with twelve packages.
func TestOneFindingForTwelvePackages(t *testing.T) {
	var packages []string
	for _, p := range strings.Fields("a b c d e f g h i j k l") {
		packages = append(packages, "musl-"+p+" 1.2.5-r8 musl")
	}
	s, _ := run(t, options(t, store(t, imageOf(t, system(t, "3.22.1", packages, nil), amd64))))
	if len(s.Findings) != 1 || len(s.Findings[0].Packages) != 12 {
		t.Errorf("%+v", s.Findings)
	}
}

func TestLedger(t *testing.T) {
	files := map[string]string{
		"app/node_modules/left/package.json":                     `{"name":"left","version":"1.0.0"}`,
		"app/node_modules/broken/package.json":                   "{\n",
		"usr/share/dotnet/x.deps.json":                           `{"runtimeTarget":{"name":"x"},"libraries":{"A/":{"type":"package"},"B/1.0":{"type":"package"}}}`,
		"usr/lib/python3/site-packages/a-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n",
	}
	_, report := run(t, options(t, store(t, imageOf(t, system(t, "3.22.1", base, files), amd64))))
	p := report.Images[0].Platforms[0]
	if p.Ecosystems["alpine"] != 2 || p.Ecosystems["npm"] != 1 || p.Ecosystems["pip"] != 1 || p.Packages != 4+p.Ecosystems["nuget"] {
		t.Errorf("%+v", p)
	}
	if !slices.Equal(p.Unreadable, []string{"app/node_modules/broken/package.json"}) {
		t.Errorf("%q", p.Unreadable)
	}
}
