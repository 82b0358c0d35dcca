package scan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
)

// schemas are modules that ship the official schemas: cyclonedx-go, which is linked, and the
// validator of the CycloneDX project, which has those of SPDX too.
const (
	cycloneDXModule = "github.com/CycloneDX/cyclonedx-go@v0.12.0"
	spdxModule      = "github.com/CycloneDX/sbom-utility@v0.16.0"
)

// module returns the folder of a module, which the go tool fetches if need be.
func module(t *testing.T, name string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", name)
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	var m struct{ Dir, Error string }
	if decodeErr := json.Unmarshal(out, &m); err != nil || decodeErr != nil || m.Dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("fetching %s: %v %v %s", name, err, decodeErr, m.Error)
		}
		t.Skipf("the schema is in %s, which cannot be fetched: %v %s", name, err, m.Error)
	}
	return m.Dir
}

// validate holds a document against a schema and the files that it refers to.
func validate(t *testing.T, document []byte, main string, files map[string]string) {
	t.Helper()
	c := jsonschema.NewCompiler()
	for url, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := jsonschema.UnmarshalJSON(f)
		f.Close()
		if err == nil {
			err = c.AddResource(url, schema)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := c.Compile(main)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%v", err)
	}
}

func validCycloneDX(t *testing.T, document []byte) {
	t.Helper()
	dir, base := filepath.Join(module(t, cycloneDXModule), "schema"), "http://cyclonedx.org/schema/"
	validate(t, document, base+"bom-1.6.schema.json", map[string]string{
		base + "bom-1.6.schema.json":  filepath.Join(dir, "bom-1.6.schema.json"),
		base + "spdx.schema.json":     filepath.Join(dir, "spdx.schema.json"),
		base + "jsf-0.82.schema.json": filepath.Join(dir, "jsf-0.82.schemax.json"),
	})
}

func validSPDX(t *testing.T, document []byte) {
	t.Helper()
	file := filepath.Join(module(t, spdxModule), "resources/schema/spdx/2.3/spdx-schema.json")
	validate(t, document, "http://spdx.org/schema.json", map[string]string{"http://spdx.org/schema.json": file})
}

// varied is an index of two platforms with packages of several kinds, one of them in two places.
func varied(t *testing.T) string {
	t.Helper()
	files := map[string]string{
		"app/node_modules/left/package.json":                               `{"name":"left","version":"1.0.0","license":"MIT"}`,
		"srv/node_modules/left/package.json":                               `{"name":"left","version":"1.0.0","license":"SEE LICENSE IN file"}`,
		"app/node_modules/@acme/right/package.json":                        `{"name":"@acme/right","version":"2.0.0","license":"(MIT OR Apache-2.0)"}`,
		"usr/lib/ruby/gems/3.3.0/specifications/rake-1.gemspec":            "Gem::Specification.new do |s|\n s.name = \"rake\".freeze\n s.version = \"1\"\n s.licenses = [\"MIT\".freeze]\nend\n",
		"usr/lib/python3/site-packages/a-1.0.dist-info/METADATA":           "Metadata-Version: 2.1\nName: a\nVersion: 1.0\nLicense: BSD-3-Clause\n",
		"usr/lib/python3/site-packages/evil-1.0.dist-info/METADATA":        "Metadata-Version: 2.1\nName: <script>\nVersion: 1.0 \"'\nLicense: \x1b[31m\n",
		"usr/share/dotnet/shared/Microsoft.AspNetCore.App/8.0/a.deps.json": `{"libraries":{}}`,
	}
	index, err := image.Index(imageOf(t, system(t, "3.22.1", base, files), amd64), imageOf(t, system(t, "3.22.1", base, files), arm64))
	if err != nil {
		t.Fatal(err)
	}
	return store(t, index)
}

// described scans for an SBOM alone, which needs no database, and returns the report and the files.
func described(t *testing.T, reference, format string) (gate.Image, map[string][]byte) {
	t.Helper()
	o := options(t, reference)
	o.Scanners, o.Database = []string{scan.Secrets}, scan.Database{Repository: "dir:/nowhere"}
	o.SBOM, o.SBOMDir, o.Version = format, filepath.Join(t.TempDir(), "a", "b"), "1.2.3"
	s, report := run(t, o)
	if s.Verdict != gate.Passed {
		t.Fatal(s.Error)
	}
	files := map[string][]byte{}
	for _, p := range report.Images[0].Platforms {
		content, err := os.ReadFile(p.SBOM.File)
		if err != nil {
			t.Fatal(err)
		}
		if sum := fmt.Sprintf("sha256:%x", sha256.Sum256(content)); p.SBOM.Digest != sum || p.SBOM.Format != format {
			t.Errorf("%s: %+v, want %s", p.Name, p.SBOM, sum)
		}
		files[p.Name] = content
	}
	if left, err := os.ReadDir(o.SBOMDir); err != nil || len(left) != len(files) {
		t.Errorf("%v %v", left, err)
	}
	return report.Images[0], files
}

func TestR58SBOMIsTheSameForTheSameImage(t *testing.T) {
	reference := varied(t)
	for _, format := range []string{scan.CycloneDX, scan.SPDX} {
		_, first := described(t, reference, format)
		if len(first) != 2 || bytes.Equal(first["linux/amd64"], first["linux/arm64/v8"]) {
			t.Errorf("%d files", len(first))
		}
		for range 4 {
			_, again := described(t, reference, format)
			for platform, content := range first {
				if !bytes.Equal(content, again[platform]) {
					t.Fatalf("%s differs:\n%s\n%s", platform, content, again[platform])
				}
			}
		}
	}
}

func TestSBOMAsCycloneDX(t *testing.T) {
	img, files := described(t, varied(t), scan.CycloneDX)
	for _, p := range img.Platforms {
		validCycloneDX(t, files[p.Name])
		var bom struct {
			SpecVersion, SerialNumber string
			Metadata                  struct {
				Timestamp string
				Component struct{ Type, Version string }
			}
			Components []struct{ Name, Purl string }
		}
		if err := json.Unmarshal(files[p.Name], &bom); err != nil {
			t.Fatal(err)
		}
		if bom.SpecVersion != "1.6" || bom.Metadata.Component.Version != p.Digest || bom.Metadata.Timestamp != "2026-09-01T12:00:00+00:00" {
			t.Errorf("%+v", bom)
		}
		if n := bytes.Count(files[p.Name], []byte("pkg:npm/left@1.0.0")); n < 2 {
			t.Errorf("the package in two places is there %d times", n)
		}
		for _, want := range []string{"pkg:apk/alpine/musl@1.2.5-r10", "pkg:npm/%40acme/right@2.0.0", "pkg:gem/rake@1", "pkg:pypi/a@1.0"} {
			if !bytes.Contains(files[p.Name], []byte(want)) {
				t.Errorf("no %s", want)
			}
		}
	}
}

func TestSBOMAsSPDX(t *testing.T) {
	img, files := described(t, varied(t), scan.SPDX)
	for _, p := range img.Platforms {
		validSPDX(t, files[p.Name])
		for _, want := range []string{`"spdxVersion": "SPDX-2.3"`, `"versionInfo": "` + p.Digest, `"created": "2026-09-01T12:00:00Z"`, "Tool: portcullis-1.2.3", "pkg:npm/left@1.0.0"} {
			if !bytes.Contains(files[p.Name], []byte(want)) {
				t.Errorf("no %s", want)
			}
		}
	}
}

func TestSBOMIsNamedByImageAndPlatform(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "..shop v1:x")
	if err := os.Rename(strings.TrimPrefix(store(t, imageOf(t, system(t, "3.22.1", base, nil), arm64)), "oci:"), dir); err != nil {
		t.Fatal(err)
	}
	img, _ := described(t, "oci:"+dir, scan.CycloneDX)
	p := img.Platforms[0]
	want := "x_linux-arm64-v8_" + strings.TrimPrefix(p.Digest, "sha256:")[:12] + ".cdx.json"
	if got := filepath.Base(p.SBOM.File); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSBOMOfAPlatformThatWasNotReadIsNotMade(t *testing.T) {
	o := options(t, store(t, imageOf(t, system(t, "3.22.1", base, map[string]string{"var/lib/rpm/rpmdb.sqlite": "no database"}), amd64)))
	o.SBOM, o.SBOMDir = scan.SPDX, filepath.Join(t.TempDir(), "out")
	_, report := run(t, o)
	if p := report.Images[0].Platforms[0]; p.SBOM != nil || p.Verdict != gate.Error {
		t.Errorf("%+v", p)
	}
	if _, err := os.Stat(o.SBOMDir); err == nil {
		t.Error("the folder was made")
	}
}
