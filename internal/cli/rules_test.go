package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/portcullis-ci/portcullis/internal/config"
	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/waiver"
)

func TestFindRule(t *testing.T) {
	rules := []gate.Rule{{ID: "DL3006", URL: "https://example.com/DL3006"}, {ID: "SC", URL: "https://example.com/"}}
	for id, want := range map[string]string{
		"DL3006": "DL3006 https://example.com/DL3006",
		"dl3006": "DL3006 https://example.com/DL3006",
		"SC2086": "SC2086 https://example.com/SC2086",
		"sc1000": "SC1000 https://example.com/SC1000",
		"SC":     "SC https://example.com/",
		"DL3007": "",
		"2086":   "",
		"":       "",
	} {
		got := ""
		if r, ok := find(rules, id); ok {
			got = r.ID + " " + r.URL
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}

// TestExplainedWaiver holds that the waiver that explain prints is in force once
// it is filled in, and not before.
func TestExplainedWaiver(t *testing.T) {
	noon := time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)
	for id, text := range map[string]string{
		"DL3008": explain(gate.Rule{ID: "DL3008", Stage: "dockerfile"}, noon), "scan/os": explain(gate.Rule{ID: "scan/os", Stage: "scan"}, noon),
		"CVE-2024-1234": explainKind(nil, "cve-2024-1234", noon), "rego/main/deny": explainKind(nil, "rego/main/deny", noon),
	} {
		_, entry, found := strings.Cut(text, "below waivers:\n")
		if !found {
			t.Fatalf("%s shows no waiver:\n%s", id, text)
		}
		entry, _, _ = strings.Cut(entry, "\n\n")
		filled := strings.NewReplacer(
			`paths: [""]`, `paths: ["legacy/**"]`, `images: [""]`, `images: ["sha256:`+strings.Repeat("a", 64)+`"]`,
			`name: "", version: ""`, `name: openssl, version: 3.0.1`, `reason: ""`, `reason: "gone with 2.0"`, `owner: ""`, `owner: "@acme/platform"`,
		).Replace(entry)
		for file, want := range map[string]int{"version: 1\nwaivers:\n" + entry: 3, "version: 1\nwaivers:\n" + filled: 0} {
			waivers, err := config.ParseWaivers("w.yaml", []byte(file))
			if err != nil || len(waivers) != 1 || waivers[0].Rule != id {
				t.Fatalf("%+v, %v\n%s", waivers, err, file)
			}
			if _, err := waiver.New(waiver.Options{Waivers: waivers, Now: noon}).Run(t.Context()); len(gate.Failures(err)) != want {
				t.Errorf("%d failures, want %d: %v\n%s", len(gate.Failures(err)), want, err, file)
			}
		}
	}
}
