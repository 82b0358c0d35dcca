package scan_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/scan"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

// Trivy's own command is the outside witness: on every image it finds what portcullis finds, no more
// and no less. TRIVY_WITNESS is the path of a program of the version in go.mod, which a module of its
// own builds from github.com/aquasecurity/trivy/pkg/commands:
//
//	func main() { commands.NewApp().ExecuteContext(context.Background()) }
func TestTrivyWitness(t *testing.T) {
	program := os.Getenv("TRIVY_WITNESS")
	if program == "" {
		t.Skip("TRIVY_WITNESS is not set to the path of a Trivy program")
	}
	for name, img := range witnessed(t) {
		t.Run(name, func(t *testing.T) {
			reference := store(t, img)
			o := options(t, reference)
			o.Scanners = []string{scan.Vulnerabilities, scan.Secrets, scan.Licenses}
			s, _ := run(t, o)
			if s.Verdict == gate.Error {
				t.Fatal(s.Error)
			}
			got, want := ours(s.Findings), trivy(t, program, strings.TrimPrefix(reference, "oci:"))
			if !slices.Equal(got, want) {
				t.Errorf("portcullis:\n%s\ntrivy:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			t.Logf("%d the same", len(want))
		})
	}
}

// witnessed are the images that both scan.
func witnessed(t *testing.T) map[string]v1.Image {
	t.Helper()
	made := func(img v1.Image, err error) v1.Image {
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	npm := map[string]string{
		"app/node_modules/lodash/package.json":   `{"name":"lodash","version":"4.17.20","license":"MIT"}`,
		"srv/node_modules/lodash/package.json":   `{"name":"lodash","version":"4.17.21","license":"MIT"}`,
		"srv/node_modules/minimist/package.json": `{"name":"minimist","version":"0.2.3","license":"MPL-2.0"}`,
		"app/.env":                               "key = \"AKIA" + "2E0A8F3B244C9986\"\n",
	}
	return map[string]v1.Image{
		"shop":       made(image.FromFS(images.Shop(), amd64, now)),
		"shop fixed": made(image.FromFS(images.ShopFixed(), amd64, now)),
		"npm":        imageOf(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl", "libssl3 3.5.2-r0 openssl", "libcrypto3 3.5.2-r0 openssl"}, npm), amd64),
		"old":        imageOf(t, system(t, "3.20.3", []string{"libssl3 3.3.0-r0 openssl"}, nil), arm64),
		"layers": layered(t, system(t, "3.22.1", []string{"musl 1.2.5-r8 musl"}, nil), "ADD rootfs / # buildkit",
			fstest.MapFS{"app/node_modules/minimist/package.json": {Data: []byte(`{"name":"minimist","version":"1.2.5"}`)}}, "COPY app /app # buildkit",
			fstest.MapFS{"app/node_modules/minimist/.wh.package.json": {}}, "RUN rm # buildkit"),
	}
}

// ours are findings, a line for each package.
func ours(findings []gate.Finding) (lines []string) {
	for _, f := range findings {
		kind, _, _ := strings.Cut(f.Rule, "/")
		switch {
		case kind == "secret":
			lines = append(lines, "secret "+f.Rule+" "+f.Object)
		case kind == "license":
			for _, p := range f.Packages {
				lines = append(lines, f.Rule+" "+p.Name)
			}
		case kind != "scan":
			for _, p := range f.Packages {
				lines = append(lines, strings.Join([]string{f.Rule, f.SeveritySource, p.Name, p.Installed, p.Fixed}, " "))
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// trivy is what the program finds in a layout, in the same form.
func trivy(t *testing.T, program, layout string) (lines []string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "db"), os.DirFS(buildDB(t, now))); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "image", "--input", layout, "--cache-dir", dir, "--format", "json", "--quiet",
		"--scanners", "vuln,secret,license", "--detection-priority", "comprehensive", "--skip-db-update", "--skip-java-db-update",
		"--skip-version-check", "--disable-telemetry", "--offline-scan", "--list-all-pkgs")
	cmd.Env = []string{"HOME=" + dir, "PATH=/usr/bin:/bin"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr) //nolint:errorlint,forcetypeassert // in a test
	}
	var report struct {
		Results []struct {
			Target          string
			Vulnerabilities []struct{ VulnerabilityID, SeveritySource, PkgName, InstalledVersion, FixedVersion string }
			Secrets         []struct{ RuleID string }
			Licenses        []struct{ Category, PkgName string }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		for _, v := range r.Vulnerabilities {
			lines = append(lines, strings.Join([]string{v.VulnerabilityID, v.SeveritySource, v.PkgName, v.InstalledVersion, v.FixedVersion}, " "))
		}
		for _, s := range r.Secrets {
			lines = append(lines, "secret secret/"+s.RuleID+" "+r.Target)
		}
		for _, l := range r.Licenses {
			if slices.Contains([]string{"forbidden", "restricted", "reciprocal", "unknown"}, l.Category) {
				lines = append(lines, "license/"+l.Category+" "+l.PkgName)
			}
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}
