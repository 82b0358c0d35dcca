package scan_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

func executable(content []byte) *fstest.MapFile { return &fstest.MapFile{Data: content, Mode: 0o755} }

// The program of an image from scratch, with and without what it was built from.
var (
	fixedServer  = executable(images.GoProgram("1.26.3", "golang.org/x/crypto v0.36.0"))
	faultyServer = executable(images.GoProgram("1.26.3", "golang.org/x/crypto v0.17.0"))
	silentServer = executable(images.GoProgram(""))
)

func TestR17ImagesWithoutAnOperatingSystem(t *testing.T) {
	arch := &fstest.MapFile{Data: []byte("ID=arch\nPRETTY_NAME=\"Arch Linux\"\n")}
	for _, test := range []struct {
		name    string
		files   fstest.MapFS
		static  string // "image": its name; "digest": its digest
		verdict gate.Verdict
		want    string // in the error, or in the reason of a platform that counts
	}{
		{"not listed", fstest.MapFS{"server": fixedServer}, "", gate.Error, "it may have none, as an image of a static program alone"},
		{"another one listed", fstest.MapFS{"server": fixedServer}, "ghcr.io/acme/*", gate.Error, "as an image of a static program alone"},
		{"listed", fstest.MapFS{"server": fixedServer}, "image", gate.Passed, "no operating system: 3 packages of go checked, because scan.static names oci:"},
		{"listed, with a vulnerability", fstest.MapFS{"server": faultyServer}, "image", gate.Failed, "3 packages of go checked"},
		{"listed, two languages", fstest.MapFS{"server": fixedServer, "app/node_modules/a/package.json": {Data: []byte(`{"name":"a","version":"1.0.0"}`)}}, "image", gate.Passed, "3 packages of go, 1 of npm checked"},
		{"listed, nothing recognised", fstest.MapFS{"server": silentServer}, "image", gate.Error, "there is nothing to check; scan.static names"},
		{"by digest, nothing recognised", fstest.MapFS{"server": silentServer}, "digest", gate.Passed, "no operating system: nothing checked, because scan.static names sha256:"},
		{"listed, not static", fstest.MapFS{"server": fixedServer, "tool": executable(images.DynamicProgram("/lib/ld-musl-x86_64.so.1"))}, "image", gate.Error, "tool needs /lib/ld-musl-x86_64.so.1"},
		{"listed, with a system nobody knows", fstest.MapFS{"server": fixedServer, "etc/os-release": arch}, "image", gate.Error, "no advisories for its operating system, Arch Linux (ID=arch); scan.static names"},
		{"by digest, with a system nobody knows", fstest.MapFS{"server": fixedServer, "usr/lib/os-release": arch}, "digest", gate.Passed, "no advisories for Arch Linux (ID=arch): 3 packages of go checked"},
		{"listed, with packages of a system", fstest.MapFS{"server": fixedServer, "var/lib/dpkg/status": {Data: []byte(dpkg)}}, "image", gate.Error, "it has a database of packages, and no os-release"},
		{"listed, its system has no advisories", fstest.MapFS{"server": fixedServer, "etc/os-release": {Data: []byte("ID=fedora\nVERSION_ID=40\n")}}, "image", gate.Error, "no advisories for its operating system, fedora 40"},
		{"listed, its system lost its packages", fstest.MapFS{"server": fixedServer, "etc/os-release": {Data: []byte("ID=debian\nVERSION_ID=12\n")}, "etc/debian_version": {Data: []byte("12.1\n")}}, "image", gate.Error, "it is debian 12.1, but has no package database"},
		{"listed, language without advisories", fstest.MapFS{"usr/lib/python3/site-packages/a-1.0.dist-info/METADATA": {Data: []byte("Metadata-Version: 2.1\nName: a\nVersion: 1.0\n")}}, "image", gate.Error, "no advisories for pip packages"},
	} {
		t.Run(test.name, func(t *testing.T) {
			img := imageOf(t, test.files, amd64)
			o := options(t, store(t, img))
			switch test.static {
			case "image":
				o.Static = []string{o.Images[0]}
			case "digest":
				digest, err := img.Digest()
				if err != nil {
					t.Fatal(err)
				}
				o.Static = []string{digest.String()}
			default:
				o.Static = []string{test.static}
			}
			s, report := run(t, o)
			p := report.Images[0].Platforms[0]
			if s.Verdict != test.verdict || p.Verdict != test.verdict || !strings.Contains(p.Reason, test.want) || !strings.Contains(s.Error+p.Reason, test.want) {
				t.Errorf("%s %q, platform %s %q", s.Verdict, s.Error, p.Verdict, p.Reason)
			}
		})
	}
}

func TestR17AListedImageWithASystemIsJudgedAsAnyOther(t *testing.T) {
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, nil), amd64)))
	o.Static = o.Images
	s, report := run(t, o)
	if p := report.Images[0].Platforms[0]; s.Verdict != gate.Failed || p.Reason != "" || p.OS != "alpine 3.22.1" {
		t.Errorf("%s %+v", s.Verdict, p)
	}
}

func TestR17TheErrorSaysWhatToWrite(t *testing.T) {
	o := options(t, store(t, imageOf(t, fstest.MapFS{"server": silentServer}, amd64)))
	s, report := run(t, o)
	want := "accept this one image by its digest, in portcullis.yaml: `scan: {static: [\"" + report.Images[0].Digest + "\"]}`"
	if len(s.Failures) != 1 || !strings.Contains(s.Failures[0].Hint, want) {
		t.Errorf("%+v", s.Failures)
	}
}

// A program that nothing tells about is none that was checked.
func TestR17ProgramsThatNobodyCheckedAreListed(t *testing.T) {
	fsys := system(t, "3.22.1", base, map[string]string{"bin/script": "#!/bin/sh\n"})
	fsys["lib/apk/db/installed"].Data = append(fsys["lib/apk/db/installed"].Data, "P:busybox\nV:1.37.0-r18\nA:x86_64\nL:GPL\no:busybox\nF:bin\nR:busybox\n\n"...)
	maps.Copy(fsys, fstest.MapFS{
		"usr/bin/busybox":                      executable(images.DynamicProgram("/lib/ld-musl-x86_64.so.1")), // as merged /usr has it
		"app/server":                           fixedServer,
		"app/stripped":                         silentServer,
		"usr/local/bin/x":                      executable(images.DynamicProgram("/lib/ld-musl-x86_64.so.1")),
		"app/notes":                            silentServer,
		"usr/lib/libx.so.1":                    executable(library(t)),
		"app/node_modules/esbuild/bin/esbuild": silentServer,
	})
	fsys["bin/script"].Mode = 0o755
	fsys["app/notes"] = &fstest.MapFile{Data: silentServer.Data, Mode: 0o644}
	s, report := run(t, options(t, store(t, imageOf(t, fsys, amd64))))
	if got := strings.Join(report.Images[0].Platforms[0].Unchecked, " "); s.Verdict != gate.Passed || got != "app/stripped usr/local/bin/x" {
		t.Errorf("%s %s: %q", s.Verdict, s.Error, got)
	}
}

// library is an ELF file that is no program: the first segment is neither.
func library(t *testing.T) []byte {
	t.Helper()
	raw := images.GoProgram("")
	raw[16] = 3 // ET_DYN
	return raw
}

func TestR35PackagesOfOthers(t *testing.T) {
	debianOf := func(packages string) fstest.MapFS {
		return fstest.MapFS{
			"etc/os-release": {Data: []byte("ID=debian\nVERSION_ID=\"12\"\n")}, "etc/debian_version": {Data: []byte("12.1\n")},
			"var/lib/dpkg/status": {Data: []byte(packages)},
		}
	}
	of := func(maintainer string) string {
		return strings.Replace(dpkg, "Version:", "Maintainer: "+maintainer+"\nVersion:", 1)
	}
	other := strings.ReplaceAll(of("NodeSource <support@nodesource.com>"), "openssl", "nodejs")
	for _, test := range []struct {
		packages string
		verdict  gate.Verdict
		want     string
	}{
		{of("GitHub"), gate.Error, "all its packages are of others"},
		{of("Debian <a@debian.org>") + other, gate.Passed, "packages that are not of debian 12.1 were not checked, its advisories are not about them: nodejs 3.0.11"},
	} {
		o := options(t, store(t, imageOf(t, debianOf(test.packages), amd64)))
		o.Database.Repository = debian(t)
		s, _ := run(t, o)
		if s.Verdict != test.verdict || !strings.Contains(s.Error+strings.Join(s.Notes, "\n"), test.want) {
			t.Errorf("%s %q %q", s.Verdict, s.Error, s.Notes)
		}
	}
}

// What a compiler makes is recognised as what the made-up programs are.
func TestR17ARealProgram(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module acme.example/server\n", "main.go": "package main\n\nfunc main() { println(1) }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", "server", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	o := options(t, store(t, imageOf(t, fstest.MapFS{"server": executable(read(t, filepath.Join(dir, "server")))}, amd64)))
	o.Static = o.Images
	s, report := run(t, o)
	p := report.Images[0].Platforms[0]
	if s.Verdict != gate.Passed || p.Reason != "no operating system: 2 packages of go checked, because scan.static names "+o.Images[0] || p.Unchecked != nil {
		t.Errorf("%s %s %+v", s.Verdict, s.Error, p)
	}
}
