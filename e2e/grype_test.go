//go:build e2e

package e2e

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

var update = flag.Bool("update", false, "record what Grype prints, for the tests of internal/scan")

// grypeHome is the home of a user of Grype, with a database of these records that was built at a time.
func grypeHome(t *testing.T, records string, built time.Time) string {
	t.Helper()
	home := t.TempDir()
	must(t, "", prepared(t, "E2E_GRYPEDB"), records, built.UTC().Format(time.RFC3339), home+"/new")
	must(t, "", "env", "-i", "HOME="+home, prepared(t, "E2E_GRYPE"), "db", "import", home+"/new/vulnerability.db")
	return home
}

// asUser runs the binary as a user with this home, Grype on the PATH, and what else env has.
func asUser(t *testing.T, home, dir string, env []string, args ...string) result {
	t.Helper()
	program, err := filepath.Abs("../bin/portcullis")
	if err != nil {
		t.Fatal(err)
	}
	path := "PATH=" + filepath.Dir(prepared(t, "E2E_GRYPE")) + ":/usr/bin:/bin"
	return run(t, dir, "env", slices.Concat([]string{"-i", "HOME=" + home, path}, env, []string{program}, args)...)
}

// opinions is a workspace with the example's image on a base of its own, built by the engine, as an OCI layout.
func opinions(t *testing.T) string {
	t.Helper()
	const base, ref = "portcullis.local/e2e-grype-base:1", "portcullis.local/e2e-grype:1"
	dir := t.TempDir()
	must(t, "..", "cp", "-r", "testdata/images/shop/rootfs", dir+"/rootfs")
	must(t, dir, "sh", "-ec", "mv rootfs/app/* . && rmdir rootfs/app")
	must(t, "", "cp", "-r", prepared(t, "E2E_DATABASE"), dir+"/db")
	for name, text := range map[string]string{
		"base.Dockerfile": "FROM scratch\nCOPY rootfs/ /\n",
		"Dockerfile":      "FROM " + base + "\nWORKDIR /app\nCOPY package.json package-lock.json server.js ./\nCOPY node_modules/ node_modules/\nUSER 1000\n",
		"required.yaml":   "scan: {workspace: false, grype: required, database: {repository: ./db}}\n",
		"auto.yaml":       "scan: {workspace: false, grype: auto, database: {repository: ./db}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tag := range []string{base, ref} {
		file := map[string]string{base: "base.Dockerfile", ref: "Dockerfile"}[tag]
		must(t, "", "docker", "build", "-q", "-t", tag, "-f", dir+"/"+file, dir)
		t.Cleanup(func() { run(t, "", "docker", "rmi", tag) })
	}
	must(t, dir, "rm", "base.Dockerfile")
	export(t, ref, dir+"/layout")
	return dir
}

// export writes an image of the engine as an OCI layout.
func export(t *testing.T, ref, dir string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "saved.tar")
	must(t, "", "docker", "save", "-o", file, ref)
	img, err := tarball.ImageFromPath(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	target, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = target.AppendImage(img)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A found vulnerability is what two scanners say of it.
type found struct {
	Rule, Severity, Path string
	Line                 int
	FoundBy              []string
}

// askBoth runs the scan stage with a configuration of opinions, and returns what both scanners found.
func askBoth(t *testing.T, home, dir, config string, code int, args ...string) (string, []found) {
	t.Helper()
	args = append([]string{"run", "--stages", "scan", "--images", "oci:layout", "--format", "json", "--config", config}, args...)
	ran := asUser(t, home, dir, nil, args...)
	var report struct {
		Stages []struct{ Findings []found }
	}
	if err := json.Unmarshal([]byte(ran.stdout), &report); err != nil || len(report.Stages) != 1 || ran.code != code {
		t.Fatalf("exit status %d, want %d: %v\n%s%s", ran.code, code, err, ran.stdout, ran.stderr)
	}
	return ran.stdout, report.Stages[0].Findings
}

func TestSecondOpinionOfTheRealGrype(t *testing.T) {
	dir := opinions(t)
	home := grypeHome(t, "testdata/grype.json", time.Now())
	out, all := askBoth(t, home, dir, "required.yaml", 1, "--offline")
	both, trivy, grype := []string{"grype", "trivy"}, []string{"trivy"}, []string{"grype"}
	for _, want := range []found{
		{"CVE-2025-9230", "high", "Dockerfile", 1, both},
		{"CVE-2025-9231", "medium", "Dockerfile", 1, trivy},
		{"CVE-2026-0001", "low", "Dockerfile", 1, grype},
		{"CVE-2026-0003", "high", "Dockerfile", 1, grype},
		{"CVE-2021-23337", "high", "package-lock.json", 15, both}, // Grype: GHSA-35jh-r3h4-6jhm
		{"CVE-2021-44906", "critical", "package-lock.json", 19, trivy},
		{"CVE-2026-0002", "high", "package-lock.json", 19, grype},
	} {
		if !slices.ContainsFunc(all, func(f found) bool { return reflect.DeepEqual(f, want) }) {
			t.Errorf("no %+v in\n%+v", want, all)
		}
	}
	if strings.Contains(out, `"rule": "GHSA-`) || !strings.Contains(out, "second opinion of grype with its database of "+time.Now().UTC().Format("2006-")) {
		t.Errorf("names of both, or no date:\n%s", out)
	}
}

// What Grype cannot answer for is an error of the stage, never a pass.
func TestR34RealGrypeWithoutADatabase(t *testing.T) {
	dir := opinions(t)
	good := grypeHome(t, "testdata/grype.json", time.Now())
	damaged := grypeHome(t, "testdata/grype.json", time.Now())
	must(t, damaged, "sh", "-ec", "printf xxxx | dd of=.cache/grype/db/6/vulnerability.db bs=1 seek=40000 conv=notrunc")
	other := write(t, "records.json", `[{"provider": "debian", "id": "CVE-2026-0005", "severity": "low", "os": "debian 12", "packages": [{"ecosystem": "deb", "name": "bash", "format": "dpkg", "constraint": "< 6"}]}]`)
	for want, home := range map[string]string{
		"database does not exist":        t.TempDir(),
		"was built":                      grypeHome(t, "testdata/grype.json", time.Now().Add(-72*time.Hour)), // max-age: 48h
		"bad db checksum":                damaged,
		"no advisories from alpine, for": grypeHome(t, other, time.Now()),
	} {
		if out, _ := askBoth(t, home, dir, "required.yaml", 3, "--offline"); !strings.Contains(out, "no second opinion") || !strings.Contains(out, want) {
			t.Errorf("required: no %q in\n%s", want, out)
		}
		if out, _ := askBoth(t, home, dir, "auto.yaml", 1, "--offline"); !strings.Contains(out, "no second opinion") || !strings.Contains(out, want) {
			t.Errorf("auto: no %q in\n%s", want, out)
		}
	}
	must(t, dir, "cp", "-r", good+"/.cache/grype/db", "grype-db")
	ran := asUser(t, good, dir, []string{"GRYPE_DB_CACHE_DIR=" + dir + "/grype-db"},
		"run", "--stages", "scan", "--images", "oci:layout", "--config", "required.yaml", "--offline")
	if ran.code != 3 || !strings.Contains(ran.stdout, "not in the workspace") {
		t.Errorf("a database that the change brought: exit status %d\n%s", ran.code, ran.stdout)
	}
}

// --offline keeps Grype from the network; without it a database that cannot be renewed, but is new enough, will do.
func TestGrypeAsksTheNetworkOnlyOnline(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "gone", http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	dir, home := opinions(t), grypeHome(t, "testdata/grype.json", time.Now())
	env := []string{"GRYPE_DB_UPDATE_URL=" + server.URL + "/latest.json", "HTTP_PROXY=" + server.URL, "HTTPS_PROXY=" + server.URL, "NO_PROXY=127.0.0.1"}
	for _, offline := range []bool{true, false} {
		asked.Store(0)
		args := []string{"run", "--stages", "scan", "--images", "oci:layout", "--config", "required.yaml", "--format", "json"}
		if offline {
			args = append(args, "--offline")
		}
		ran := asUser(t, home, dir, env, args...)
		if n := asked.Load(); ran.code != 1 || offline == (n > 0) {
			t.Errorf("offline %t: exit status %d, asked %d times\n%s%s", offline, ran.code, n, ran.stdout, ran.stderr)
		}
		if !offline && !strings.Contains(ran.stdout, "unable to check for vulnerability database update") {
			t.Errorf("that the database was not renewed is not told:\n%s", ran.stdout)
		}
	}
}

// What Grype finds in our SBOMs is what it finds in the images themselves.
func TestGrypeSeesInOurSBOMWhatItSeesInTheImage(t *testing.T) {
	dir, home := opinions(t), grypeHome(t, "testdata/grype.json", time.Now())
	export(t, prepared(t, "E2E_DEBIAN"), dir+"/debian")
	for name, least := range map[string]int{"layout": 8, "debian": 6} {
		image := matches(t, home, dir, "oci-dir:"+name)
		for _, format := range []string{"cyclonedx", "spdx"} {
			config := write(t, "sbom.yaml", "scan: {workspace: false, scanners: [secret], sbom: "+format+"}\n")
			out := t.TempDir()
			if ran := asUser(t, home, dir, nil, "run", "--stages", "scan", "--images", "oci:"+name, "--config", config, "--sbom-dir", out, "--offline"); ran.code > 1 {
				t.Fatalf("exit status %d\n%s%s", ran.code, ran.stdout, ran.stderr)
			}
			files, err := filepath.Glob(out + "/*.json")
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			listed := matches(t, home, dir, "sbom:"+files[0])
			if !slices.Equal(names(listed), names(image)) || len(listed) < least {
				t.Errorf("%s, %s: grype finds\n%s\nin the image\n%s", name, format, strings.Join(names(listed), "\n"), strings.Join(names(image), "\n"))
			}
			if name+format == "layoutcyclonedx" {
				recorded(t, listed)
			}
		}
	}
}

// matches are those that Grype has of something.
func matches(t *testing.T, home, dir, source string) []any {
	t.Helper()
	out := must(t, dir, "env", "-i", "HOME="+home, "GRYPE_DB_AUTO_UPDATE=false", "GRYPE_CHECK_FOR_APP_UPDATE=false",
		prepared(t, "E2E_GRYPE"), source, "-o", "json", "--add-cpes-if-none")
	var report struct{ Matches []any }
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	return report.Matches
}

// names tell which vulnerability is in which package.
func names(matches []any) []string {
	var all []string
	for _, m := range matches {
		vulnerability, artifact := m.(map[string]any)["vulnerability"].(map[string]any), m.(map[string]any)["artifact"].(map[string]any)
		all = append(all, strings.Join([]string{vulnerability["id"].(string), artifact["name"].(string), artifact["version"].(string)}, " "))
	}
	slices.Sort(all)
	return all
}

// recorded holds matches against those that the tests of internal/scan have.
func recorded(t *testing.T, matches []any) {
	t.Helper()
	const file = "../internal/scan/testdata/grype.json"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]any
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	if reflect.DeepEqual(report["matches"], any(matches)) {
		return
	}
	if !*update {
		t.Errorf("%s is not what Grype prints now: run the test with -update", file)
		return
	}
	report["matches"] = matches
	if raw, err = json.MarshalIndent(report, "", "  "); err == nil {
		err = os.WriteFile(file, append(raw, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
