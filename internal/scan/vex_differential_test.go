package scan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/aquasecurity/trivy/pkg/types"
	trivyvex "github.com/aquasecurity/trivy/pkg/vex"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
	"github.com/portcullis-ci/portcullis/internal/workspace"
	"github.com/portcullis-ci/portcullis/testdata/db"
	"github.com/portcullis-ci/portcullis/testdata/images"
)

// statements of a document in the order of their dates, or not.
func statements(all ...string) string {
	return `{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "acme", "timestamp": "2026-08-01T00:00:00Z", "version": 1,
	 "statements": [` + strings.Join(all, ",") + `]}`
}

func statement(id, status, product, more string) string {
	return `{"vulnerability": {"name": "` + id + `"}, "status": "` + status + `", "justification": "component_not_present", "products": [` + product + `]` + more + `}`
}

// Trivy's own reading of OpenVEX files is the witness: of the same documents, the same vulnerabilities are suppressed.
func TestVEXAsTrivyReadsIt(t *testing.T) {
	s, e, report := vexed(t)
	digest := s.platform.Digest.String()
	oci := `{"@id": "pkg:oci/shop@` + digest + `?repository_url=ghcr.io%2Facme%2Fshop"`
	const (
		musl, crypto = "CVE-2025-26519", "CVE-2024-45337"
		server       = `{"@id": "pkg:golang/acme.example/server@v1.0.0"`
		xcrypto      = `{"@id": "pkg:golang/golang.org/x/crypto@v0.17.0"}`
	)
	for name, test := range map[string]struct {
		document   string
		suppressed int
	}{
		"package":                     {statements(statement(musl, "not_affected", `{"@id": "pkg:apk/alpine/musl"}`, "")), 1},
		"package and version":         {statements(statement(musl, "fixed", `{"@id": "pkg:apk/alpine/musl@1.2.5-r8"}`, "")), 1},
		"another version":             {statements(statement(musl, "fixed", `{"@id": "pkg:apk/alpine/musl@1.2.5-r9"}`, "")), 0},
		"affected":                    {statements(statement(musl, "affected", `{"@id": "pkg:apk/alpine/musl"}`, "")), 0},
		"under investigation":         {statements(statement(musl, "under_investigation", `{"@id": "pkg:apk/alpine/musl"}`, "")), 0},
		"image":                       {statements(statement(musl, "not_affected", oci+"}", "")), 2},
		"image with a part":           {statements(statement(musl, "not_affected", oci+`, "subcomponents": [{"@id": "pkg:apk/alpine/musl-utils"}]}`, "")), 1},
		"image without a digest":      {statements(statement(musl, "not_affected", `{"@id": "pkg:oci/shop?repository_url=ghcr.io%2Facme%2Fshop"}`, "")), 2},
		"another image":               {statements(statement(musl, "not_affected", `{"@id": "pkg:oci/other?repository_url=ghcr.io%2Facme%2Fother"}`, "")), 0},
		"main module with a part":     {statements(statement(crypto, "not_affected", server+`, "subcomponents": [`+xcrypto+`]}`, "")), 1},
		"main module":                 {statements(statement(crypto, "not_affected", server+"}", "")), 1},
		"main module with another":    {statements(statement(crypto, "not_affected", server+`, "subcomponents": [{"@id": "pkg:golang/stdlib"}]}`, "")), 0},
		"main module of another":      {statements(statement(musl, "not_affected", server+"}", "")), 0},
		"alias":                       {statements(`{"vulnerability": {"name": "GHSA-x", "aliases": ["` + crypto + `"]}, "status": "fixed", "products": [` + xcrypto + `]}`), 1},
		"the later one says harm":     {statements(statement(crypto, "not_affected", xcrypto, `, "timestamp": "2026-08-02T00:00:00Z"`), statement(crypto, "affected", xcrypto, `, "timestamp": "2026-08-03T00:00:00Z"`)), 0},
		"the later one stands first":  {statements(statement(crypto, "fixed", xcrypto, `, "timestamp": "2026-08-03T00:00:00Z"`), statement(crypto, "affected", xcrypto, `, "timestamp": "2026-08-02T00:00:00Z"`)), 1},
		"the one that has no date":    {statements(statement(crypto, "affected", xcrypto, ""), statement(crypto, "fixed", xcrypto, `, "timestamp": "2026-07-01T00:00:00Z"`)), 0},
		"another vulnerability of it": {statements(statement("CVE-1999-0001", "fixed", xcrypto, "")), 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(test.document), 0o600); err != nil {
				t.Fatal(err)
			}
			got, want := oursOf(t, s, e, dir), trivys(t, report(), filepath.Join(dir, "a.json"))
			if !slices.Equal(got, want) || len(got) != test.suppressed {
				t.Errorf("portcullis: %q\ntrivy:      %q\nwant %d", got, want, test.suppressed)
			}
		})
	}
}

// oursOf are the vulnerabilities that portcullis takes for harmless.
func oursOf(t *testing.T, s scanned, o *Options, dir string) (names []string) {
	t.Helper()
	tree, err := workspace.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	vex, err := readVEX(t.Context(), tree, []string{"a.json"})
	if err != nil {
		t.Fatal(err)
	}
	tr := translation{options: o, reference: "ghcr.io/acme/shop:1", digest: s.platform.Digest.String(), vex: vex}
	for _, r := range s.report.Results {
		for _, v := range r.Vulnerabilities {
			if tr.waiver(s, r, v) != nil {
				names = append(names, v.PkgName+" "+v.VulnerabilityID)
			}
		}
	}
	slices.Sort(names)
	return names
}

// trivys are those that Trivy takes out of a report of its own.
func trivys(t *testing.T, report types.Report, file string) (names []string) {
	t.Helper()
	if err := trivyvex.Filter(t.Context(), &report, trivyvex.Options{Sources: []trivyvex.Source{trivyvex.NewSource(file)}}); err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		for _, m := range r.ModifiedFindings {
			v, _ := m.Finding.(types.DetectedVulnerability)
			names = append(names, v.PkgName+" "+v.VulnerabilityID)
		}
	}
	slices.Sort(names)
	return names
}

// vexed scans an image with vulnerable packages of a system and of a program, and returns a function for fresh reports.
func vexed(t *testing.T) (scanned, *Options, func() types.Report) {
	t.Helper()
	now, dir := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), t.TempDir()
	if err := BuildDatabase(dir, db.Fixtures, now); err != nil {
		t.Fatal(err)
	}
	img, err := image.FromFS(fstest.MapFS{
		"etc/alpine-release": text("3.22.1\n"), "etc/os-release": text("ID=alpine\nVERSION_ID=3.22.1\n"),
		"lib/apk/db/installed": text("P:musl\nV:1.2.5-r8\nA:x86_64\nL:MIT\no:musl\n\nP:musl-utils\nV:1.2.5-r8\nA:x86_64\nL:MIT\no:musl\n\n"),
		"app/server":           {Data: images.GoProgram("1.26.3", "golang.org/x/crypto v0.17.0"), Mode: 0o755},
	}, v1.Platform{OS: "linux", Architecture: "amd64"}, now)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	st := New(Options{Scanners: []string{Vulnerabilities}, Database: Database{Repository: "dir:" + dir}, Now: func() time.Time { return now }, UnknownSeverity: gate.High})
	if st.database, err = st.openDatabase(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := st.startEngine()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	fresh := func() types.Report {
		report, _, err := e.scanImage(t.Context(), layoutImage{Image: img, name: "ghcr.io/acme/shop:1"})
		if err != nil {
			t.Fatal(err)
		}
		report.Metadata.RepoDigests = []string{"ghcr.io/acme/shop@" + digest.String()}
		return report
	}
	return scanned{platform: image.Platform{Name: "linux/amd64", Digest: digest}, report: fresh()}, &st.o, fresh
}
