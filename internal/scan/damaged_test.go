package scan_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// TestR34DamagedFilesInAnImageAreErrors damages what names the packages of an image.
func TestR34DamagedFilesInAnImageAreErrors(t *testing.T) {
	database, packed := everything(t), jar(t)
	java := javaDB(t, packed, now)
	long := strings.Repeat("x", 1<<17)
	debian := map[string]string{"etc/os-release": "ID=debian\nVERSION_ID=\"12\"\n", "etc/debian_version": "12.1\n", "var/lib/dpkg/status": dpkg}
	apk := "P:musl\nV:1.2.5-r8\nA:x86_64\nL:MIT\no:musl\n\n"
	alpine := map[string]string{"etc/os-release": "ID=alpine\nVERSION_ID=3.22.1\n", "etc/alpine-release": "3.22.1\n", "lib/apk/db/installed": apk}
	rocky := map[string]string{
		"etc/os-release": "NAME=\"Rocky Linux\"\nID=\"rocky\"\nVERSION_ID=\"9.4\"\n", "etc/rocky-release": "Rocky Linux release 9.4 (Blue Onyx)\n",
		"etc/redhat-release":       "Rocky Linux release 9.4 (Blue Onyx)\n",
		"var/lib/rpm/rpmdb.sqlite": rpmDB(t, "bash 5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm Rocky Enterprise Software Foundation"),
	}
	intactRPM := rocky["var/lib/rpm/rpmdb.sqlite"]
	for _, test := range []struct {
		name, file, text string
		base             map[string]string
		noted            bool // what cannot be loaded is no package: a note is enough
	}{
		{name: "apk, cut in a line", file: "lib/apk/db/installed", base: alpine, text: apk + "P:libssl3\nV:3.5.2-r0\nD:" + long + "\no:openssl\n\nP:a\nV:1-r0\n\n"},
		{name: "apk, no packages", file: "lib/apk/db/installed", base: alpine, text: "\x00\x01\x02"},
		{name: "dpkg, no packages", file: "var/lib/dpkg/status", base: debian, text: "\x00\x01\x02"},
		{name: "dpkg, a long paragraph", file: "var/lib/dpkg/status", base: debian, text: dpkg + "Package: a\nStatus: install ok installed\nDescription: " + long + "\nVersion: 1\n\n"},
		{name: "dpkg, a second file", file: "var/lib/dpkg/status.d/a", base: debian, text: "Package: a\nDescription: " + long + "\nVersion: 1\n\n"},
		{name: "RPM, cut", file: "var/lib/rpm/rpmdb.sqlite", base: rocky, text: intactRPM[:len(intactRPM)/2]},
		{name: "RPM, a header", file: "var/lib/rpm/rpmdb.sqlite", base: rocky, text: strings.ReplaceAll(intactRPM, "\x00\x00\x03\xe8\x00\x00\x00\x06", "\xff\xff\xff\xff\xff\xff\xff\xff")},
		{name: "RPM, Berkeley", file: "var/lib/rpm/Packages", base: rocky, text: strings.Repeat("\x00\x06\x15\x61", 2048)},
		{name: "jar", file: "app/a.jar", base: debian, text: packed[:len(packed)-10]},
		{name: "jar in a jar", file: "app/a.war", base: debian, text: "PK\x03\x04"},
		{name: "installed.json", file: "app/vendor/composer/installed.json", base: debian, text: `{"packages": [`},
		{name: "deps.json", file: "app/a.deps.json", base: debian, text: "{"},
		{name: "packages.lock.json", file: "app/packages.lock.json", base: debian, text: "{"},
		{name: "packages.config", file: "app/packages.config", base: debian, text: "<packages"},
		{name: "Cargo.lock", file: "app/Cargo.lock", base: debian, text: "[[package"},
		{name: "Manifest.toml", file: "app/Manifest.toml", base: debian, text: "[[deps"},
		{name: "Directory.Packages.props", file: "app/Directory.Packages.props", base: debian, text: "<Project"},
		{name: "METADATA", file: "usr/lib/python3/a-1.dist-info/METADATA", base: debian, text: "\x00\x01"},
		{name: "METADATA, other than text", file: "usr/lib/python3/a-1.dist-info/METADATA", base: debian, text: "a\n"},
		{name: "gemspec", file: "usr/share/gems/specifications/a.gemspec", base: debian, text: "\x00"},
		{name: "package.json", file: "app/node_modules/a/package.json", base: debian, text: "{", noted: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := maps.Clone(test.base)
			files[test.file] = test.text
			o := options(t, store(t, imageOf(t, system(t, "", nil, files), amd64)))
			o.Scanners, o.Database.Repository, o.Database.JavaRepository = []string{scan.Vulnerabilities}, "dir:"+database, "dir:"+java
			s, report := run(t, o)
			if test.noted {
				if !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, test.file) }) {
					t.Errorf("%s %s %q", s.Verdict, s.Error, s.Notes)
				}
				return
			}
			if s.Verdict != gate.Error || report.Images[0].Passed() {
				t.Errorf("%s %s %q", s.Verdict, s.Error, s.Notes)
			}
		})
	}
}
