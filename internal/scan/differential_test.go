package scan_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	tdb "github.com/aquasecurity/trivy-db/pkg/db"
	dbtypes "github.com/aquasecurity/trivy-db/pkg/types"
	"github.com/aquasecurity/trivy/pkg/cache"
	"github.com/aquasecurity/trivy/pkg/clock"
	trivydb "github.com/aquasecurity/trivy/pkg/db"
	"github.com/aquasecurity/trivy/pkg/fanal/analyzer"
	"github.com/aquasecurity/trivy/pkg/fanal/applier"
	"github.com/aquasecurity/trivy/pkg/fanal/artifact"
	artimage "github.com/aquasecurity/trivy/pkg/fanal/artifact/image"
	artlocal "github.com/aquasecurity/trivy/pkg/fanal/artifact/local"
	archive "github.com/aquasecurity/trivy/pkg/fanal/image"
	ftypes "github.com/aquasecurity/trivy/pkg/fanal/types"
	"github.com/aquasecurity/trivy/pkg/fanal/walker"
	"github.com/aquasecurity/trivy/pkg/javadb"
	"github.com/aquasecurity/trivy/pkg/result"
	trivyscan "github.com/aquasecurity/trivy/pkg/scan"
	"github.com/aquasecurity/trivy/pkg/scan/langpkg"
	"github.com/aquasecurity/trivy/pkg/scan/local"
	"github.com/aquasecurity/trivy/pkg/scan/ospkg"
	"github.com/aquasecurity/trivy/pkg/types"
	"github.com/aquasecurity/trivy/pkg/vulnerability"
	xos "github.com/aquasecurity/trivy/pkg/x/os"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/testdata/db"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

// everything is a database with the advisories of the other tests, and of "bad" in
// every ecosystem, Debian 12 and Rocky Linux 9.
func everything(t *testing.T) string {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"alpine.yaml", "data-source.yaml", "go.yaml", "npm.yaml", "vulnerability.yaml"} {
		raw, err := db.Fixtures.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: raw}
	}
	var yaml strings.Builder
	for bucket, name := range map[string]string{
		"cargo::T": "bad", "composer::T": "acme/bad", "conan::T": "bad", "erlang::T": "bad", "go::T": "example.com/bad", "maven::T": "org.bad:bad",
		"npm::T": "bad", "nuget::T": "bad", "pip::T": "bad", "pub::T": "bad", "rubygems::T": "bad", "swift::T": "github.com/acme/bad",
		"cocoapods::T": "bad", "julia::T": "bad",
	} {
		fmt.Fprintf(&yaml, "- bucket: %q\n  pairs:\n    - bucket: %q\n      pairs:\n        - key: CVE-2026-0001\n          value: {PatchedVersions: [\"2.0.0\"], VulnerableVersions: [\"<2.0.0\"]}\n", bucket, name)
		fmt.Fprintf(&yaml, "- bucket: data-source\n  pairs:\n    - key: %q\n      value: {ID: test, Name: Test, URL: \"https://example.com\"}\n", bucket)
	}
	yaml.WriteString("- bucket: \"maven::T\"\n  pairs:\n    - bucket: \"org.apache.logging.log4j:log4j-core\"\n      pairs:\n        - key: CVE-2021-44228\n" +
		"          value: {PatchedVersions: [\"2.15.0\"], VulnerableVersions: [\"<2.15.0\"]}\n")
	for bucket, fixed := range map[string]string{"debian 12": "3.0.13-1~deb12u1", "rocky 9": "1:3.0.7-25.el9"} {
		fmt.Fprintf(&yaml, "- bucket: %q\n  pairs:\n    - bucket: openssl\n      pairs:\n        - key: CVE-2023-5678\n          value: {FixedVersion: %q}\n", bucket, fixed)
	}
	yaml.WriteString("- bucket: vulnerability\n  pairs:\n    - key: CVE-2026-0001\n      value: {Title: \"bad: it is\", Severity: HIGH}\n" +
		"    - key: CVE-2021-44228\n      value: {Title: log4j, Severity: CRITICAL}\n" +
		"    - key: CVE-2023-5678\n      value: {Title: slow, Severity: MEDIUM, VendorSeverity: {nvd: 2}}\n")
	files["z.yaml"] = &fstest.MapFile{Data: []byte(yaml.String())}
	dir := t.TempDir()
	if err := scan.BuildDatabase(dir, files, now); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fromTrivy is what Trivy's own packages find, put together as its command line does
// without flags but `--scanners vuln --offline-scan --skip-db-update`, and for an
// image `--detection-priority comprehensive`.
func fromTrivy(t *testing.T, database, java string, artifactOf func(cache.ArtifactCache) (artifact.Artifact, error)) types.Report {
	t.Helper()
	if err := os.MkdirAll(xos.TempDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := trivydb.Init(database); err != nil {
		t.Fatal(err)
	}
	defer trivydb.Close()
	javadb.Init(java, nil, true, true, ftypes.RegistryOptions{})
	memory := cache.NewMemoryCache()
	art, err := artifactOf(memory)
	if err != nil {
		t.Fatal(err)
	}
	service := trivyscan.NewService(local.NewService(applier.NewApplier(memory), ospkg.NewScanner(), langpkg.NewScanner(),
		vulnerability.NewClient(tdb.Config{})), art)
	ctx := clock.With(t.Context(), now)
	report, err := service.ScanArtifact(ctx, types.ScanOptions{
		PkgTypes: types.PkgTypes, PkgRelationships: ftypes.Relationships, Scanners: types.Scanners{types.VulnerabilityScanner},
		VulnSeveritySources: []dbtypes.SourceID{"auto"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := result.Filter(ctx, report, result.FilterOptions{Severities: []dbtypes.Severity{0, 1, 2, 3, 4}}); err != nil {
		t.Fatal(err)
	}
	return report
}

// off are the analysers that the command line switches off for these scanners.
func off(more ...[]analyzer.Type) []analyzer.Type {
	return slices.Concat(slices.Concat(more...), analyzer.TypeConfigFiles, []analyzer.Type{
		analyzer.TypeApkCommand, analyzer.TypeSecret, analyzer.TypeLicenseFile, analyzer.TypeHistoryDockerfile, analyzer.TypeExecutable, analyzer.TypeRpmArchive,
	})
}

// row is a vulnerability of a package, where the lock file is given for one of a workspace.
func row(id, name, installed, fixed, severity, file string) string {
	return strings.Join([]string{id, name, installed, fixed, strings.ToLower(severity), file}, " | ")
}

func theirs(report types.Report, workspace bool) []string {
	rows := map[string]bool{}
	for _, r := range report.Results {
		for _, v := range r.Vulnerabilities {
			file := ""
			if workspace {
				file = r.Target
			}
			rows[row(v.VulnerabilityID, v.PkgName, v.InstalledVersion, v.FixedVersion, v.Severity, file)] = true //nolint:staticcheck // what Trivy chose by vendor
		}
	}
	return slices.Sorted(maps.Keys(rows))
}

func oursAsRows(findings []gate.Finding, workspace bool) []string {
	rows := map[string]bool{}
	for _, f := range findings {
		for _, p := range f.Packages {
			file := ""
			if workspace {
				file = f.Path
			}
			rows[row(f.Rule, p.Name, p.Installed, p.Fixed, f.Severity.String(), file)] = true
		}
	}
	return slices.Sorted(maps.Keys(rows))
}

// sample are the images, by platform, of one reference.
type sample struct {
	images []v1.Image
	index  bool
}

func samples(t *testing.T, archiveOfJava string) map[string]sample {
	t.Helper()
	all := map[string]sample{}
	for name, img := range witnessed(t) {
		all[name] = sample{images: []v1.Image{img}}
	}
	add := func(name string, files map[string]string, programs ...string) {
		fsys := system(t, "", nil, files)
		for _, p := range programs {
			fsys[p] = &fstest.MapFile{Data: images.GoProgram("1.24.1", "example.com/bad v1.0.0"), Mode: 0o755}
		}
		all[name] = sample{images: []v1.Image{imageOf(t, fsys, amd64)}}
	}
	debian := map[string]string{"etc/os-release": "ID=debian\nVERSION_ID=\"12\"\n", "etc/debian_version": "12.1\n"}
	with := func(more map[string]string) map[string]string {
		files := maps.Clone(debian)
		maps.Copy(files, more)
		return files
	}
	add("Debian", with(map[string]string{
		"var/lib/dpkg/status": dpkg, "usr/lib/python3/dist-packages/bad-1.0.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: bad\nVersion: 1.0.0\n",
		"usr/share/gems/specifications/bad-1.0.0.gemspec": "Gem::Specification.new do |s|\n  s.name = \"bad\".freeze\n  s.version = \"1.0.0\"\nend\n",
	}))
	add("distroless", with(map[string]string{"var/lib/dpkg/status.d/openssl": dpkg}), "app/server")
	add("lock files in an image", with(map[string]string{
		"var/lib/dpkg/status": dpkg, "app/vendor/composer/installed.json": `{"packages": [{"name": "acme/bad", "version": "1.0.0"}]}`,
		"app/Cargo.lock":         "version = 3\n\n[[package]]\nname = \"bad\"\nversion = \"1.0.0\"\n",
		"app/packages.lock.json": `{"version": 1, "dependencies": {"net8.0": {"Bad": {"type": "Direct", "resolved": "1.0.0"}}}}`,
		"app/package-lock.json":  strings.ReplaceAll(lodash, "lodash", "bad"), "app/go.mod": "module a\n\ngo 1.24\n\nrequire example.com/bad v1.0.0\n",
		"app/Manifest.toml": "[[bad]]\nuuid = \"2\"\nversion = \"1.0.0\"\n", "app/Project.toml": "[deps]\nbad = \"2\"\n",
	}))
	add("RPM", map[string]string{
		"etc/os-release": "NAME=\"Rocky Linux\"\nID=\"rocky\"\nVERSION_ID=\"9.4\"\n", "etc/rocky-release": "Rocky Linux release 9.4 (Blue Onyx)\n",
		"etc/redhat-release": "Rocky Linux release 9.4 (Blue Onyx)\n",
		"var/lib/rpm/rpmdb.sqlite": rpmDB(t, "openssl 1:3.0.7-24.el9 openssl-3.0.7-24.el9.src.rpm Rocky Enterprise Software Foundation",
			"bash 5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm Rocky Enterprise Software Foundation"),
	})
	add("scratch", nil, "server")
	add("Java", with(map[string]string{"var/lib/dpkg/status": dpkg, "app/log4j-core.jar": archiveOfJava}))
	all["two platforms"] = sample{index: true, images: []v1.Image{
		imageOf(t, system(t, "3.22.1", []string{"libssl3 3.5.2-r0 openssl"}, nil), amd64),
		imageOf(t, system(t, "3.22.1", []string{"libssl3 3.5.2-r0 openssl"}, map[string]string{"node_modules/bad/package.json": `{"name":"bad","version":"1.0.0"}`}), arm64),
	}}
	return all
}

// TestSameFindingsAsTheLibraryOnImages compares every vulnerability of every image.
// What is different on purpose has tests of its own: SBOM files of an image are not
// believed (R33), and an image without a system is an error unless it is listed (R17),
// with the findings that there are.
func TestSameFindingsAsTheLibraryOnImages(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	database, packed := everything(t), jar(t)
	java := javaDB(t, packed, now)
	folder := t.TempDir()
	if err := os.Symlink(java, filepath.Join(folder, "java-db")); err != nil {
		t.Fatal(err)
	}
	for name, s := range samples(t, packed) {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, img := range s.images {
				layout := strings.TrimPrefix(store(t, img), "oci:")
				report := fromTrivy(t, database, folder, func(c cache.ArtifactCache) (artifact.Artifact, error) {
					input, err := archive.NewArchiveImage(layout)
					if err != nil {
						return nil, err
					}
					return artimage.NewArtifact(input, c, artifact.Option{
						DisabledAnalyzers: off(analyzer.TypeLockfiles), DisabledHandlers: []ftypes.HandlerType{ftypes.SystemFileFilteringPostHandler},
						Offline: true, NoProgress: true, Parallel: 2, DetectionPriority: ftypes.PriorityComprehensive,
					})
				})
				want = append(want, theirs(report, false)...)
			}
			slices.Sort(want)
			want = slices.Compact(want)
			o := options(t, store(t, reference(s)))
			o.Scanners, o.Database.Repository, o.Database.JavaRepository = []string{scan.Vulnerabilities}, "dir:"+database, "dir:"+java
			got, _ := run(t, o)
			if rows := oursAsRows(got.Findings, false); !slices.Equal(rows, want) {
				t.Errorf("%s\nportcullis:\n%s\nlibrary:\n%s", got.Error, strings.Join(rows, "\n"), strings.Join(want, "\n"))
			}
			if len(want) == 0 && name != "shop fixed" {
				t.Error("nothing was compared")
			}
			t.Logf("%d the same", len(want))
		})
	}
}

// reference is what is scanned of a sample.
func reference(s sample) mutate.Appendable {
	if !s.index {
		return s.images[0]
	}
	var adds []mutate.IndexAddendum
	for i, platform := range []v1.Platform{amd64, arm64} {
		adds = append(adds, mutate.IndexAddendum{Add: s.images[i], Descriptor: v1.Descriptor{Platform: &platform}})
	}
	return mutate.AppendManifests(empty.Index, adds...)
}

// exceptions are the workspaces in which more is found, or somewhere else.
var exceptions = map[string]string{
	"bun.lock-two-versions":            "the library does not compare further versions with advisories",
	"pom.xml-dependencies-of-a-parent": "the finding of the module is on the line of its parent, which names the package",
}

// TestSameFindingsAsTheLibraryInWorkspaces compares every format of a lock file.
func TestSameFindingsAsTheLibraryInWorkspaces(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("GOPATH", t.TempDir())
	t.Setenv("MAVEN_HOME", t.TempDir())
	database := everything(t)
	for _, test := range formats(t) {
		t.Run(test.name, func(t *testing.T) {
			o := inWorkspace(t, test.files)
			o.Scanners, o.Database.Repository = []string{scan.Vulnerabilities}, "dir:"+database
			got, _ := run(t, o)
			report := fromTrivy(t, database, t.TempDir(), func(c cache.ArtifactCache) (artifact.Artifact, error) {
				return artlocal.NewArtifact(o.Tree.Dir(), c, walker.NewFS(), artifact.Option{
					DisabledAnalyzers: off(analyzer.TypeIndividualPkgs, []analyzer.Type{analyzer.TypeSBOM}),
					Offline:           true, NoProgress: true, Parallel: 2, DetectionPriority: ftypes.PriorityPrecise,
				})
			})
			rows, want := oursAsRows(got.Findings, true), theirs(report, true)
			if reason, ok := exceptions[test.name]; slices.Equal(rows, want) == ok {
				t.Errorf("%s (exception: %q)\nportcullis:\n%s\nlibrary:\n%s", got.Error, reason, strings.Join(rows, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}
