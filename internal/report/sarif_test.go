package report

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// sarif writes a report as SARIF, checks it against GitHub's demands and reads
// it back.
func sarif(t *testing.T, r gate.Report, o Options) sarifLog {
	t.Helper()
	document := render(t, "sarif", r, o)
	if err := valid(t, schema(t, "testdata/sarif-github.schema.json"), document); err != nil {
		t.Error(err)
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(document), &log); err != nil {
		t.Fatal(err)
	}
	for _, run := range log.Runs {
		for _, result := range run.Results {
			if id := run.Tool.Driver.Rules[result.RuleIndex].ID; id != result.RuleID {
				t.Errorf("the index of a result of %s leads to %s", result.RuleID, id)
			}
		}
	}
	return log
}

func TestSARIF(t *testing.T) {
	log := sarif(t, closed(), Options{Rules: documented(), Base: "services/shop"})
	if len(log.Runs) != 4 {
		t.Fatalf("%d runs, want one for each of 4 stages", len(log.Runs))
	}
	run := log.Runs[0]
	if run.Invocations[0].ExecutionSuccessful || run.AutomationDetails.ID != "portcullis/policy/" {
		t.Errorf("policy run = %+v, %+v", run.AutomationDetails, run.Invocations)
	}
	if n := run.Invocations[0].Notifications; len(n) != 2 || n[0].Level != "error" || n[1].Level != "note" {
		t.Errorf("notifications = %+v", n)
	}
	worst := run.Results[0]
	want := sarifRegion{StartLine: 23, StartColumn: 23, EndLine: 23, EndColumn: 27}
	place := worst.Locations[0].Physical
	if worst.RuleID != "PC1001" || worst.Level != "error" || place.Artifact.URI != "services/shop/deploy/web.yaml" || place.Region != want {
		t.Errorf("worst result = %+v", worst)
	}
	if worst.PartialFingerprints["primaryLocationLineHash"] != "a1:1" || worst.Properties["also"] != "pss/privileged" {
		t.Errorf("worst result = %+v", worst)
	}
	if last := run.Results[len(run.Results)-1]; last.RuleID != "PC1300" || len(last.Suppressions) != 1 {
		t.Errorf("the waived finding = %+v, want it last and suppressed", last)
	}
	if scan := log.Runs[2]; !scan.Invocations[0].ExecutionSuccessful || len(scan.Tool.Driver.Rules) != 3 ||
		scan.Tool.Driver.Rules[1].Properties.SecuritySeverity != "8.0" {
		t.Errorf("scan run = %+v", log.Runs[2])
	}
	if len(log.Runs[3].Results) != 0 || !log.Runs[3].Invocations[0].ExecutionSuccessful {
		t.Errorf("run of a skipped stage = %+v", log.Runs[3])
	}
}

func TestSARIFAlertsAreToldApart(t *testing.T) {
	r := closed()
	findings := r.Stages[2].Findings
	for i := range findings {
		findings[i].LineHash = "9f29dafeffe001bc:1"
	}
	findings[1].Rule = findings[0].Rule // two packages with one vulnerability
	ids := func() map[string]string {
		all := map[string]string{}
		for _, result := range sarif(t, r, Options{}).Runs[2].Results {
			all[result.PartialFingerprints["portcullis/v1"]] = result.PartialFingerprints["primaryLocationLineHash"]
		}
		return all
	}
	got := ids()
	want := map[string]string{"cCVE-2024-0001:1": "9f29dafeffe001bc:1", "cCVE-2024-0002:1": "cCVE-2024-0002:1", "cCVE-2024-0003:1": "9f29dafeffe001bc:1"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// Neither the severity nor the line number decides which of them it is.
	findings[0].Severity, findings[1].Severity = gate.Low, gate.Critical
	for i := range findings {
		findings[i].Line, findings[i].EndLine = 40, 40
	}
	if again := ids(); fmt.Sprint(again) != fmt.Sprint(want) {
		t.Errorf("after a move: %v", again)
	}
}

// TestSARIFLimits holds what GitHub rejects a file for, or reads only a part of.
func TestSARIFLimits(t *testing.T) {
	r := many(6000)
	for i := range r.Stages[0].Findings {
		f := &r.Stages[0].Findings[i]
		f.Message, f.Controls = strings.Repeat("x", 5000), slices.Repeat([]string{f.Rule}, 40)
		for j := range f.Controls {
			f.Controls[j] += fmt.Sprint(j)
		}
	}
	r.Stages = append(r.Stages, closed().Stages[1:]...)
	document := render(t, "sarif", r, Options{})
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(document)); err != nil || w.Close() != nil || packed.Len() > 10<<20 {
		t.Errorf("%d bytes, packed %d (%v)", len(document), packed.Len(), err)
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(document), &log); err != nil || len(log.Runs) > 20 {
		t.Fatalf("%d runs, %v", len(log.Runs), err)
	}
	categories := map[string]bool{}
	for _, run := range log.Runs {
		id := run.AutomationDetails.ID
		if len(run.Results) > 5000 || len(run.Tool.Driver.Rules) > 25_000 || !strings.HasSuffix(id, "/") {
			t.Errorf("%s: %d results, %d rules", id, len(run.Results), len(run.Tool.Driver.Rules))
		}
		categories[id] = true
		for _, rule := range run.Tool.Driver.Rules {
			if p := rule.Properties; len(p.Tags) > 10 || p.SecuritySeverity == "" || rule.Help.Text == "" {
				t.Fatalf("rule %+v", rule)
			}
		}
		for _, result := range run.Results {
			place := result.Locations[0].Physical
			if place.Artifact.URI == "" || place.Region.StartLine < 1 || result.PartialFingerprints["primaryLocationLineHash"] == "" {
				t.Fatalf("result %+v", result)
			}
		}
	}
	if len(categories) != 4 {
		t.Errorf("categories %v", categories)
	}
}

func TestSARIFHostile(t *testing.T) {
	for _, s := range hostile {
		r, rules := poisoned(s)
		for _, run := range sarif(t, r, Options{Rules: rules, Base: s}).Runs {
			for _, result := range run.Results {
				if strings.Contains(result.Message.Text, "](") {
					t.Errorf("%q makes a link: %s", s, result.Message.Text)
				}
			}
		}
	}
}

func TestR48SARIFKeepsTheWorst(t *testing.T) {
	log := sarif(t, many(6000), Options{})
	run := log.Runs[0]
	if len(run.Results) != 5000 {
		t.Fatalf("%d results, want 5,000", len(run.Results))
	}
	severities := map[string]int{}
	for _, result := range run.Results {
		severities[result.Properties["severity"]]++
	}
	if want := fmt.Sprint(map[string]int{"critical": 1200, "high": 1200, "unknown": 1200, "medium": 1200, "low": 200}); fmt.Sprint(severities) != want {
		t.Errorf("kept %v, want %s", severities, want)
	}
	n := run.Invocations[0].Notifications
	if len(n) != 1 || n[0].Message.Text != "1,000 less severe results are left out of this file" {
		t.Errorf("notifications = %+v", n)
	}
}

func TestSARIFColumns(t *testing.T) {
	const wide = "a𝒳é: x" // 𝒳 is two UTF-16 code units
	for _, test := range []struct {
		source string
		at     gate.Range
		want   sarifRegion
	}{
		{want: sarifRegion{StartLine: 1, StartColumn: 1}},
		{at: gate.Range{Line: 7}, want: sarifRegion{StartLine: 7, StartColumn: 1, EndLine: 7}},
		{source: wide, at: gate.Range{Line: 7}, want: sarifRegion{StartLine: 7, StartColumn: 1, EndLine: 7, EndColumn: 8}},
		{source: wide, at: gate.Range{Line: 7, Column: 2, EndColumn: 3}, want: sarifRegion{StartLine: 7, StartColumn: 2, EndLine: 7, EndColumn: 4}},
		{source: wide, at: gate.Range{Line: 7, Column: 6, EndLine: 7, EndColumn: 7}, want: sarifRegion{StartLine: 7, StartColumn: 7, EndLine: 7, EndColumn: 8}},
		{source: wide, at: gate.Range{Line: 7, Column: 9}, want: sarifRegion{StartLine: 7, StartColumn: 10, EndLine: 7}},
		{source: wide, at: gate.Range{Line: 7, Column: 3, EndLine: 9, EndColumn: 2}, want: sarifRegion{StartLine: 7, StartColumn: 4, EndLine: 9, EndColumn: 2}},
		{at: gate.Range{Line: 7, Column: 3, EndLine: 7, EndColumn: 5}, want: sarifRegion{StartLine: 7, StartColumn: 3, EndLine: 7, EndColumn: 5}},
	} {
		if got := region(test.at, test.source); got != test.want {
			t.Errorf("region(%+v, %q) = %+v, want %+v", test.at, test.source, got, test.want)
		}
	}
}

func FuzzFileURI(f *testing.F) {
	for _, s := range append(hostile, "a b/c#d?e", "a:b/c", "../../etc/passwd", "/etc/passwd", `c:\x`, "100%/ü", "x//y/./z") {
		f.Add("", s)
		f.Add(s, "Dockerfile")
	}
	f.Fuzz(func(t *testing.T, base, name string) {
		p := Options{Base: base}.repository(name)
		u, err := url.Parse(fileURI(p))
		if err != nil {
			t.Fatal(err)
		}
		if u.Scheme != "" || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || u.Path != p {
			t.Errorf("%q, %q: %q is read as %q", base, name, fileURI(p), u.Path)
		}
		if path.IsAbs(p) || p == ".." || strings.HasPrefix(p, "../") {
			t.Errorf("%q, %q: %q is outside of the repository", base, name, p)
		}
	})
}
