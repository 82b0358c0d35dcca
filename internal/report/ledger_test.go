package report

import (
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// waivedReport is a report whose only finding does not count, with the reason.
func waivedReport(justification string) gate.Report {
	r := opened()
	f := scanStage().Findings[0]
	f.Status, f.Waiver = gate.Waived, &gate.Waiver{Justification: justification, Source: ".portcullis/vex/shop.json"}
	r.Stages[2].Findings = []gate.Finding{f}
	return r
}

func TestWhyAFindingDoesNotCountIsShown(t *testing.T) {
	for justification, want := range map[string]string{
		"vulnerable_code_not_present": "waived by .portcullis/vex/shop.json: vulnerable_code_not_present",
		"":                            "waived by .portcullis/vex/shop.json: no reason given",
	} {
		for _, format := range []string{"text", "markdown", "html", "sarif"} {
			write, err := For(format)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := write(&out, waivedReport(justification), Options{}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s does not say %q", format, want)
			}
		}
	}
}

func TestR12WhyAFindingDoesNotCountIsNoCommand(t *testing.T) {
	for _, format := range []string{"text", "markdown", "github"} {
		write, err := For(format)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := write(&out, waivedReport("a\n::error::b\n\x1b[31m`</details>"), Options{Actions: true}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(strings.TrimSpace(line), "::error::b") || strings.Contains(line, "\x1b") {
				t.Errorf("%s: %q", format, line)
			}
		}
	}
}

func TestLedgerOfAPlatform(t *testing.T) {
	for _, test := range []struct {
		platform gate.Platform
		want     string
	}{
		{gate.Platform{Ecosystems: map[string]int{"alpine": 3}}, ""},
		{gate.Platform{Ecosystems: map[string]int{"pip": 2, "npm": 2, "alpine": 9}}, "alpine 9, npm 2, pip 2"},
		{gate.Platform{Unreadable: []string{"a", "b", "c", "d", "e"}}, "not read: a, b, c and 2 more"},
		{gate.Platform{Unchecked: []string{"app/x"}}, "1 program not checked, nothing tells what it consists of: app/x"},
		{gate.Platform{Unchecked: []string{"a", "b", "c", "d"}}, "4 programs not checked, nothing tells what they consist of: a, b, c and 1 more"},
		{gate.Platform{SBOM: &gate.SBOM{Format: "spdx", Digest: "sha256:0"}}, "SBOM: spdx sha256:0"},
		{gate.Platform{SBOM: &gate.SBOM{Format: "spdx", Digest: "sha256:0", File: "out/x"}, Unreadable: []string{"a"}}, "not read: a|SBOM: out/x"},
	} {
		if got := strings.Join(ledger(test.platform), "|"); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
