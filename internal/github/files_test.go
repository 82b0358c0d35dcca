package github

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github/runner"
)

// values are values that want to be more than one.
var values = []string{
	"", "plain", "a\nb", "a\nverdict=passed\n", "x<<EOF\ny\nEOF", "verdict<<D\npassed\nD", "a=b", "\n", "\n\n", "tail\n", "cr\rlf\r\n",
	"portcullis-", "<<", "=", "\x00", "ünïcode 🔒",
}

// file makes an empty file, as the runner does.
func file(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestR19OutputsComeBackAsTheyWere(t *testing.T) {
	name := file(t)
	var want []runner.Pair
	for i, value := range values {
		key := OutputNames()[i%len(OutputNames())]
		if err := WriteOutputs(name, []Output{{Name: key, Value: value}}); err != nil {
			t.Fatal(err)
		}
		want = append(want, runner.Pair{Name: key, Value: value})
	}
	got, err := runner.ParseFile(read(t, name))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the runner reads %q (%v), want %q", got, err, want)
	}
}

func TestR19KnownDelimiterIsRefused(t *testing.T) {
	known := func() string { return "KNOWN" }
	var b bytes.Buffer
	err := encodeOutputs(&b, []Output{{Name: "report", Value: "a\nportcullis-KNOWN\nverdict=passed"}}, known)
	if err == nil || b.Len() > 0 {
		t.Errorf("wrote %q, %v", b.String(), err)
	}
}

func TestR19DelimitersDiffer(t *testing.T) {
	name := file(t)
	for range 2 {
		if err := WriteOutputs(name, []Output{{Name: "digest"}, {Name: "report"}}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for line := range strings.Lines(read(t, name)) {
		if _, delimiter, ok := strings.Cut(line, "<<"); ok {
			if seen[delimiter] || len(delimiter) < len("portcullis-")+26 {
				t.Errorf("delimiter %q", delimiter)
			}
			seen[delimiter] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d delimiters, want 4", len(seen))
	}
}

func TestR19OnlyKnownNames(t *testing.T) {
	name := file(t)
	for _, key := range []string{"", "x", "verdict\nx", "verdict=passed", "VERDICT"} {
		if err := WriteOutputs(name, []Output{{Name: key}}); err == nil {
			t.Errorf("output %q was written", key)
		}
	}
	if got := read(t, name); got != "" {
		t.Errorf("the file holds %q", got)
	}
}

// TestR19NoOtherFile reads the sources: nothing names the files that later steps
// on the host obey.
func TestR19NoOtherFile(t *testing.T) {
	sources, err := filepath.Glob("../../internal/*/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal(sources, err)
	}
	for _, source := range sources {
		// The workflow stage looks for the names in what workflows do, and writes no file.
		if strings.HasSuffix(source, "_test.go") || filepath.Base(source) == "doc.go" || source == filepath.FromSlash("../../internal/workflow/call.go") {
			continue
		}
		for _, word := range []string{"GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", ".SetEnv(", ".AddPath(", ".SaveState(", ".SetOutput("} {
			if strings.Contains(read(t, source), word) {
				t.Errorf("%s mentions %s", source, word)
			}
		}
	}
}

func TestR55FilesThatCannotBeWritten(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if err := WriteOutputs(missing, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("outputs: %v", err)
	}
	if err := WriteSummary(missing, "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("summary: %v", err)
	}
	if err := WriteOutputs("/dev/full", []Output{{Name: "verdict", Value: "passed"}}); err == nil {
		t.Error("a full disk is no error")
	}
}

func TestR48Summary(t *testing.T) {
	name := file(t)
	for _, part := range []string{"# one\n", strings.Repeat("é", SummaryBytes/2-10)} {
		if err := WriteSummary(name, part); err != nil {
			t.Fatal(err)
		}
	}
	before := read(t, name)
	if err := WriteSummary(name, strings.Repeat("x", 100)); err == nil {
		t.Error("more than the runner takes was written")
	}
	if read(t, name) != before {
		t.Error("the file changed")
	}
	if n := len(strings.Repeat("🔒", SummaryCharacters)); n > SummaryBytes {
		t.Errorf("SummaryCharacters can be %d bytes", n)
	}
}

func TestOutputs(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	image := gate.Image{Reference: "r.example/shop:1", Digest: digest, Signature: &gate.Signature{Digest: digest, Verified: true}}
	passed := gate.Report{Verdict: gate.Passed, Threshold: gate.High, Images: []gate.Image{image}}
	want := map[string]string{
		"verdict": "passed", "exit-code": "0", "findings": "0", "blocking": "0", "report": "out/report.json", "digest": digest,
		"images": `[{"reference":"r.example/shop:1","digest":"` + digest + `"}]`, "signed": "true",
	}
	check(t, "passed", Outputs(passed, "out/report.json"), want)

	failed := passed
	failed.Verdict, failed.ExitCode = gate.Failed, 1
	failed.Stages = []gate.StageReport{{Findings: []gate.Finding{
		{Rule: "A", Severity: gate.Low, Also: []string{"B"}}, {Rule: "B", Severity: gate.Critical, Also: []string{"A"}},
		{Rule: "C", Severity: gate.High, Status: gate.Waived},
	}}}
	check(t, "failed", Outputs(failed, ""), map[string]string{
		"verdict": "failed", "exit-code": "1", "findings": "2", "blocking": "1", "report": "", "digest": "", "images": "[]", "signed": "false",
	})

	other := passed
	other.Images = []gate.Image{image, {Reference: "x", Digest: digest, Signature: &gate.Signature{Digest: "sha256:b", Verified: true}}}
	got := Outputs(other, "")
	if value(got, "digest") != "" || value(got, "signed") != "false" {
		t.Errorf("two images, one signed for another digest: %v", got)
	}
	check(t, "zero", Outputs(gate.Report{}, ""), map[string]string{
		"verdict": "error", "exit-code": "0", "findings": "0", "blocking": "0", "report": "", "digest": "", "images": "[]", "signed": "false",
	})
}

func value(outputs []Output, name string) string {
	i := slices.IndexFunc(outputs, func(o Output) bool { return o.Name == name })
	return outputs[i].Value
}

func check(t *testing.T, name string, got []Output, want map[string]string) {
	t.Helper()
	var names []string
	for _, o := range got {
		names = append(names, o.Name)
		if o.Value != want[o.Name] {
			t.Errorf("%s: output %s = %q, want %q", name, o.Name, o.Value, want[o.Name])
		}
	}
	if !slices.Equal(names, OutputNames()) {
		t.Errorf("%s: outputs %v, want %v", name, names, OutputNames())
	}
}

func TestMask(t *testing.T) {
	var b bytes.Buffer
	if err := Mask(&b, "hunter22", "abc", "", "50%, a::b ##[x]", "line one\r\n on \nline two\n"); err != nil {
		t.Fatal(err)
	}
	step := runner.Read(b.String())
	want := []string{"hunter22", "50%, a::b ##[x]", "line one", "line two"}
	if !slices.Equal(step.Masks, want) || len(step.Commands) != len(want) || len(step.Plain) > 0 {
		t.Errorf("the runner hides %q, want %q", step.Masks, want)
	}
}

func FuzzOutputs(f *testing.F) {
	for _, v := range values {
		f.Add(v, v)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var buffer bytes.Buffer
		n := 0
		random := func() string { n++; return strings.Repeat("R", 26+n) }
		err := encodeOutputs(&buffer, []Output{{Name: "report", Value: a}, {Name: "digest", Value: b}}, random)
		if err != nil {
			if !strings.Contains(a+b, "portcullis-RRR") || buffer.Len() > 0 {
				t.Errorf("%q, %q: %v", a, b, err)
			}
			return
		}
		got, err := runner.ParseFile(buffer.String())
		if want := []runner.Pair{{Name: "report", Value: a}, {Name: "digest", Value: b}}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("the runner reads %q (%v), want %q", got, err, want)
		}
	})
}

func FuzzMask(f *testing.F) {
	for _, v := range values {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		var b bytes.Buffer
		if err := Mask(&b, secret); err != nil {
			t.Fatal(err)
		}
		step := runner.Read(b.String())
		if len(step.Plain) > 0 {
			t.Errorf("%q reaches the log: %q", secret, step.Plain)
		}
		for _, mask := range step.Masks {
			if !strings.Contains(secret, mask) || len([]rune(mask)) < shortestMask {
				t.Errorf("%q masks %q", secret, mask)
			}
		}
	})
}
