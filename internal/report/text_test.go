package report

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func TestMark(t *testing.T) {
	on := func(column, end int) gate.Range {
		return gate.Range{Line: 1, Column: column, EndLine: 1, EndColumn: end}
	}
	long := strings.Repeat("0123456789", 30)
	for _, test := range []struct {
		name, source string
		at           gate.Range
		width        int
		line, marker string
	}{
		{name: "range", source: "a: true", at: on(4, 8), width: 80, line: "a: true", marker: "   ^~~~"},
		{name: "no column", source: "a: true", at: gate.Range{Line: 1}, width: 80, line: "a: true"},
		{name: "one character", source: "a: true", at: on(4, 0), width: 80, line: "a: true", marker: "   ^"},
		{name: "several lines", source: "a: |", at: gate.Range{Line: 1, Column: 2, EndLine: 3, EndColumn: 2}, width: 80, line: "a: |", marker: " ^~~"},
		{name: "tab", source: "\ta\tb", at: on(4, 5), width: 80, line: "    a   b", marker: "        ^"},
		{name: "wide", source: "東京: x", at: on(5, 6), width: 80, line: "東京: x", marker: "      ^"},
		{name: "under wide", source: "a東京", at: on(2, 4), width: 80, line: "a東京", marker: " ^~~~"},
		{name: "combining", source: "e\u0301: x", at: on(5, 6), width: 80, line: "e\u0301: x", marker: "   ^"},
		{name: "hidden", source: "a\u202eb", at: on(3, 4), width: 80, line: `a\u202eb`, marker: "       ^"},
		{name: "broken", source: "a\xffb", at: on(3, 4), width: 80, line: `a\xffb`, marker: "     ^"},
		{name: "behind the end", source: "ab", at: on(9, 12), width: 80, line: "ab", marker: "  ^"},
		{name: "long, at the start", source: long, at: on(2, 4), width: 20, line: "012345678901234567…", marker: " ^~"},
		{name: "long, at the end", source: long, at: on(299, 301), width: 20, line: "…456789", marker: "     ^~"},
		{name: "long range", source: long, at: on(101, 301), width: 20, line: "…678901234567890123…", marker: "     ^~~~~~~~~~~~~~~"},
		{name: "empty", source: "", at: on(1, 1), width: 80, line: "", marker: "^"},
	} {
		line, marker := mark(test.source, test.at, test.width)
		if line != test.line || marker != test.marker {
			t.Errorf("%s:\n%s|\n%s|\nwant\n%s|\n%s|", test.name, line, marker, test.line, test.marker)
		}
	}
}

// TestHintOfAnObjectIsPrintedOnce prints findings of containers that all want the
// same: each object is told once, another object, rule or hint by itself.
func TestHintOfAnObjectIsPrintedOnce(t *testing.T) {
	var findings []gate.Finding
	for i, at := range []struct{ object, rule, hint string }{
		{"Pod/a", "PC1003", "x"}, {"Pod/a", "PC1003", "x"}, {"Pod/a", "PC1003", "y"}, {"Pod/b", "PC1003", "x"}, {"Pod/b", "PC1004", "x"}, {"", "DL1", "x"}, {"", "DL1", "x"},
	} {
		findings = append(findings, gate.Finding{
			Rule: at.rule, Severity: gate.High, Message: "m", Hint: at.hint,
			Location: gate.Location{Path: "a.yaml", Object: at.object, Range: gate.Range{Line: i + 1}},
		})
	}
	r := gate.Report{Threshold: gate.High, Stages: []gate.StageReport{{Name: "policy", Findings: findings}}}
	var b strings.Builder
	details(r, standings(r), Options{Width: 80}, func(s string) { b.WriteString(s) })
	text := b.String()
	var told []string
	for _, part := range strings.Split(text, "\n\n")[1:] {
		told = append(told, strings.Repeat("h", strings.Count(part, "= hint: ")))
	}
	if got := strings.Join(told, " "); got != "h  h h h h h  " {
		t.Errorf("hints %q in\n%s", got, text)
	}
}

// largest is a writer that keeps the size of the largest write.
type largest int

func (l *largest) Write(b []byte) (int, error) {
	*l = max(*l, largest(len(b)))
	return len(b), nil
}

// TestTextIsStreamed holds that the text of many findings is not put together
// before it is written.
func TestTextIsStreamed(t *testing.T) {
	findings := make([]gate.Finding, 20_000)
	for i := range findings {
		findings[i] = gate.Finding{Rule: "DL1", Severity: gate.Severity(1 + i%4), Message: "m", Location: gate.Location{Path: "Dockerfile", Range: gate.Range{Line: i}}}
	}
	r := gate.Report{Threshold: gate.High, Stages: []gate.StageReport{{Name: "dockerfile", Findings: findings}}}
	for _, actions := range []bool{false, true} {
		var l largest
		if err := writeText(&l, r, Options{Actions: actions}); err != nil || l == 0 || l > 64<<10 {
			t.Errorf("wrote %d bytes at once, %v", l, err)
		}
	}
}

func FuzzMark(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 1, 2, 20)
		f.Add(s, 3, 300, 80)
	}
	f.Fuzz(func(t *testing.T, source string, column, end, width int) {
		width = 10 + width&0x7f
		line, marker := mark(source, gate.Range{Line: 1, Column: column, EndLine: 1, EndColumn: end}, width)
		// A hidden or wide character may be a few columns wider than its room.
		if got := terminal.StringWidth(line); got > width+10 {
			t.Errorf("%q is %d wide, want at most %d", line, got, width)
		}
		if Terminal(line) != line || strings.Trim(marker, " ^~") != "" || strings.Count(marker, "^") > 1 {
			t.Errorf("mark(%q, %d, %d) = %q, %q", source, column, end, line, marker)
		}
	})
}

func TestMarkIgnoresTheEnvironment(t *testing.T) {
	runewidth.DefaultCondition.EastAsianWidth = true
	defer func() { runewidth.DefaultCondition.EastAsianWidth = false }()
	if _, marker := mark("“x” y", gate.Range{Line: 1, Column: 5}, 80); marker != "    ^" {
		t.Errorf("marker = %q", marker)
	}
}

func TestColourChangesNothingElse(t *testing.T) {
	coloured := render(t, "text", closed(), Options{Color: true})
	if got := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(coloured, ""); got != render(t, "text", closed(), Options{}) {
		t.Errorf("without its colours the text is\n%s", got)
	}
	if plain := render(t, "text", closed(), Options{}); strings.Contains(plain, "\x1b") {
		t.Error("colours without Options.Color")
	}
}

func TestR59NoLineIsForged(t *testing.T) {
	for _, s := range hostile {
		r, _ := poisoned(s)
		for _, line := range strings.Split(render(t, "text", r, Options{}), "\n") {
			if Terminal(line) != line {
				t.Errorf("%q: hidden characters in %q", s, line)
			}
			if strings.HasPrefix(line, "gate open") && r.ExitCode != 0 {
				t.Errorf("%q forges %q", s, line)
			}
		}
	}
}

func TestConclusion(t *testing.T) {
	type stages = []gate.StageReport
	blocking := []gate.Finding{{Rule: "R", Severity: gate.Critical}}
	for _, test := range []struct {
		exit   int
		stages stages
		want   string
	}{
		{exit: 1, stages: stages{{Name: "scan", Verdict: gate.Failed, Findings: blocking}}, want: "1 finding at or above high"},
		{exit: 2, stages: stages{{Name: "sign", Error: "a pull request"}}, want: "refused: a pull request"},
		{exit: 2, want: "wrong usage or configuration"},
		{exit: 3, stages: stages{{Name: "scan", Error: "no database\nat all"}}, want: "the scan stage could not finish: no database"},
		{exit: 3, stages: stages{{Name: "scan", Findings: blocking}}, want: "1 finding at or above high, and the scan stage could not finish: the stage gave no verdict"},
		{exit: 3, stages: stages{{Name: "scan", Verdict: gate.Skipped}}, want: "nothing was checked"},
		{exit: 4, stages: stages{{Name: "sign", Error: "no key"}}, want: "every check passed, but signing did not finish: no key"},
		{exit: 130, want: "the run was cancelled"},
		{exit: 143, want: "the run was cancelled"},
	} {
		r := gate.Report{Verdict: gate.Error, ExitCode: test.exit, Threshold: gate.High, Stages: test.stages}
		if got := conclusion(r, standings(r), Terminal); got != test.want {
			t.Errorf("exit code %d: %q, want %q", test.exit, got, test.want)
		}
	}
}

// TestR42OnlyPassedIsOpen tries every verdict with every exit code.
func TestR42OnlyPassedIsOpen(t *testing.T) {
	for verdict := gate.Error; verdict <= gate.Skipped; verdict++ {
		for _, exit := range []int{0, 1, 2, 3, 4, 130, 143} {
			r := gate.Report{Verdict: verdict, ExitCode: exit}
			want := verdict == gate.Passed && exit == 0
			for _, format := range []string{"text", "github", "markdown"} {
				if got := strings.Contains(render(t, format, r, Options{}), "gate open"); got != want {
					t.Errorf("%s of %s with exit code %d says open: %t", format, verdict, exit, got)
				}
			}
		}
	}
}

func TestDuration(t *testing.T) {
	for ms, want := range map[int64]string{0: "0ms", 999: "999ms", 1000: "1.0s", 59999: "59.9s", 60000: "1m 0s", 3725000: "62m 5s"} {
		if got := duration(ms); got != want {
			t.Errorf("duration(%d) = %q, want %q", ms, got, want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errDisk }

var errDisk = errors.New("no space left on device")

func TestR55WriteErrorsAreReturned(t *testing.T) {
	for _, format := range Names() {
		write, err := For(format)
		if err != nil {
			t.Fatal(err)
		}
		if err := write(full{}, closed(), Options{}); !errors.Is(err, errDisk) {
			t.Errorf("%s returns %v", format, err)
		}
	}
}

// TestPlatformsFitTheirLines prints why platforms were not scanned, or not by their
// system, below their line, and counts no packages of one that was left out.
func TestPlatformsFitTheirLines(t *testing.T) {
	long := "no operating system: " + strings.Repeat("3 packages of go checked, ", 5) + "because scan.static names ghcr.io/acme/*"
	got := Options{}.image(gate.Image{Reference: "r", Digest: "sha256:00", Platforms: []gate.Platform{
		{Name: "linux/amd64", Digest: "sha256:01", Verdict: gate.Passed, Reason: long, Packages: 3},
		{Name: "linux/arm64", Digest: "sha256:02", Verdict: gate.Skipped, Reason: "left out by scan.platforms", LeftOut: true},
		{Name: "linux/s390x", Digest: "sha256:03", Verdict: gate.Passed, OS: "alpine 3.22.1", Packages: 18},
	}})
	want := "image r\n" +
		"  digest       sha256:00\n" +
		"  linux/amd64  sha256:01  passed                   3 packages\n" +
		"               " + long + "\n" +
		"  linux/arm64  sha256:02  skipped  left out by scan.platforms\n" +
		"  linux/s390x  sha256:03  passed   alpine 3.22.1  18 packages\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
