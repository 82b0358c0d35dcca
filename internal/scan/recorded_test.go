package scan

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aquasecurity/trivy/pkg/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/image"
)

// The recorded reports are Trivy's own, as JSON. What they become is compared
// with a golden file, without an engine.
func TestFindingsOfRecordedReports(t *testing.T) {
	recorded, err := filepath.Glob("testdata/recorded/*.report.json")
	if err != nil || len(recorded) == 0 {
		t.Fatal("no recorded reports", err)
	}
	for _, path := range recorded {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var report types.Report
			if err := json.Unmarshal(raw, &report); err != nil {
				t.Fatal(err)
			}
			tr := translation{
				options:   &Options{UnknownSeverity: gate.High},
				reference: "ghcr.io/acme/shop:1", digest: "sha256:00",
				locate: func(s image.Subject) gate.Location {
					return gate.Location{Path: s.Ecosystem + "|" + s.Package + "|" + s.File}
				},
			}
			scans := []scanned{
				{platform: image.Platform{Name: "linux/arm64"}, report: report},
				{platform: image.Platform{Name: "linux/amd64"}, report: report},
			}
			compare(t, strings.Replace(path, ".report.", ".findings.", 1), tr.findings(scans))
		})
	}
}

func compare(t *testing.T, path string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

// Record writes what Trivy says of an image to a file, for the test above.
func Record(t *testing.T, o Options, path string) {
	t.Helper()
	s := New(o)
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.err != nil || s.fetched[0].err != nil {
		t.Fatal(s.err, s.fetched[0].err)
	}
	e, err := s.startEngine()
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	result := s.scanPlatform(t.Context(), e, s.fetched[0].target, "", s.fetched[0].image.Platforms[0])
	report := result.report
	report.ReportID, report.CreatedAt, report.Metadata.ImageConfig = "", time.Time{}, v1.ConfigFile{}
	for i, r := range report.Results {
		report.Results[i].Vulnerabilities = sorted(r.Vulnerabilities)
	}
	raw, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(raw, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
