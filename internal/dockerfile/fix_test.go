package dockerfile

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// apply returns the text with the lines of a fix replaced.
func apply(text string, fix *gate.Fix) string {
	lines := strings.SplitAfter(text, "\n")
	end := ""
	if strings.HasSuffix(lines[fix.EndLine-1], "\n") {
		end = "\n"
		if strings.HasSuffix(lines[fix.EndLine-1], "\r\n") {
			end = "\r\n"
		}
	}
	lines = slices.Replace(lines, fix.StartLine-1, fix.EndLine, fix.Replacement+end)
	return strings.Join(lines, "")
}

// A fixer finds faults in texts and applies the fixes, with every rule switched
// on.
type fixer struct{ stage *Stage }

func newFixer(t testing.TB) fixer {
	o := Options{Tree: emptyTree(t), Severity: map[string]gate.Severity{}}
	for id, r := range registry {
		if r.off {
			o.Severity[id] = r.Severity
		}
	}
	return fixer{stage: New(o)}
}

// find returns how often each rule finds something, and the findings.
func (x fixer) find(t testing.TB, text string) (map[string]int, []finding) {
	t.Helper()
	f, err := syntax.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	found := suppress(x.stage.apply("Dockerfile", f), f, pragmas(f))
	counts := map[string]int{}
	for _, f := range found {
		counts[f.Rule]++
	}
	return counts, found
}

// reveals are the rules that look at apt-get and not at apt: what they find
// after its fix was wrong before.
var reveals = map[string][]string{"DL3027": {"DL3008", "DL3014", "DL3015"}}

// hold applies one fix: the finding is gone, and no other rule has a new one.
func (x fixer) hold(t testing.TB, path, text string, before map[string]int, f finding) {
	t.Helper()
	after, _ := x.find(t, apply(text, f.Fix))
	if after[f.Rule] >= before[f.Rule] {
		t.Errorf("%s: %s at %v is still there after\n%s", path, f.Rule, f.Range, f.Fix.Replacement)
	}
	for id, n := range after {
		if n > before[id] && !slices.Contains(reveals[f.Rule], id) {
			t.Errorf("%s: %s at %v brings %s after\n%s", path, f.Rule, f.Range, id, f.Fix.Replacement)
		}
	}
}

// settle applies the first fix until there is none, and holds that one more
// round changes nothing.
func (x fixer) settle(t testing.TB, path, text string) string {
	t.Helper()
	for range 100 {
		_, found := x.find(t, text)
		i := slices.IndexFunc(found, func(f finding) bool { return f.Fix != nil })
		if i < 0 {
			return text
		}
		next := apply(text, found[i].Fix)
		if next == text {
			t.Fatalf("%s: the fix of %s changes nothing:\n%s", path, found[i].Rule, text)
		}
		text = next
	}
	t.Fatalf("%s: the fixes never end:\n%s", path, text)
	return ""
}

// dockerfiles are all Dockerfiles of the test data.
func dockerfiles(t testing.TB) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir("../../testdata", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(path, "Dockerfile") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) < 200 {
		t.Fatalf("%d Dockerfiles: %v", len(paths), err)
	}
	return paths
}

// TestFixesHold applies every fix of every Dockerfile of the test data, with
// line breaks of both kinds.
func TestFixesHold(t *testing.T) {
	x := newFixer(t)
	fixed := map[string]int{}
	for _, path := range dockerfiles(t) {
		text := read(t, path)
		if _, err := syntax.Parse([]byte(text)); err != nil {
			continue
		}
		before, found := x.find(t, text)
		for _, f := range found {
			if f.Fix != nil {
				fixed[f.Rule]++
				x.hold(t, path, text, before, f)
			}
		}
		settled := x.settle(t, path, text)
		if strings.Contains(text, "\r") || strings.Contains(text, "<<") {
			continue
		}
		if got := x.settle(t, path+" with CRLF", crlf(text)); got != crlf(settled) {
			t.Errorf("%s: with CRLF the fixes give\n%q\nwant\n%q", path, got, crlf(settled))
		}
	}
	total := 0
	for _, id := range slices.Sorted(maps.Keys(fixed)) {
		total += fixed[id]
		t.Logf("%4d fixes of %s", fixed[id], id)
	}
	t.Logf("%d fixes of %d rules in %d files", total, len(fixed), len(dockerfiles(t)))
	for _, id := range fixable {
		if fixed[id] == 0 {
			t.Errorf("no Dockerfile has a fix of %s", id)
		}
	}
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// fixable are the rules that have fixes.
var fixable = []string{
	"DL3000", "DL3003", "DL3009", "DL3014", "DL3015", "DL3019", "DL3020", "DL3021", "DL3025", "DL3027", "DL3030", "DL3032", "DL3034",
	"DL3036", "DL3038", "DL3040", "DL3042", "DL3046", "DL3060", "DL3065", "DL4000", "DL4006",
	"build/ConsistentInstructionCasing", "build/ExposeInvalidFormat", "build/ExposeProtoCasing", "build/FromAsCasing",
	"build/JSONArgsRecommended", "build/LegacyKeyValueFormat", "build/MaintainerDeprecated", "build/NoEmptyContinuation",
	"build/RedundantTargetPlatform", "build/StageNameCasing", "build/WorkdirRelativePath",
}

// FuzzFixes holds for any text what TestFixesHold does for the test data: the
// fixes end, and what could be read still can.
func FuzzFixes(f *testing.F) {
	for _, path := range dockerfiles(f) {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	x := newFixer(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := syntax.Parse(b); err != nil || len(b) > 2000 || bytes.Contains(b, []byte("\ufeff")) {
			return
		}
		before, _ := x.find(t, string(b))
		after, _ := x.find(t, x.settle(t, "fuzz", string(b)))
		for _, id := range []string{"build/ParseError", "build/ScriptError"} {
			if after[id] > before[id] {
				t.Errorf("%s: %d, before the fixes %d", id, after[id], before[id])
			}
		}
	})
}

func TestR28NoFixOfASecret(t *testing.T) {
	res, err := run(t, Options{}, map[string]string{"Dockerfile": "FROM a:1\nRUN true\nenv PASSWORD=hunter2\nRUN apk add a=1\r\n"})
	fixes := 0
	for _, f := range res.Findings {
		if f.Fix != nil {
			fixes++
			if f.Fix.Path != "Dockerfile" || f.Fix.Replacement != "RUN apk add --no-cache a=1" {
				t.Errorf("got %+v", f.Fix)
			}
		}
	}
	if err != nil || fixes != 1 {
		t.Errorf("%d fixes, %v", fixes, err)
	}
}
