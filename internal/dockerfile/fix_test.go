package dockerfile

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

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

// rulesOf returns how often each rule finds something, and the findings.
func rulesOf(t *testing.T, text string) (map[string]int, []gate.Finding) {
	t.Helper()
	o := Options{Severity: map[string]gate.Severity{}}
	for id, r := range registry {
		if r.off {
			o.Severity[id] = r.Severity
		}
	}
	res, err := run(t, o, map[string]string{"Dockerfile": text})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, f := range res.Findings {
		counts[f.Rule]++
	}
	return counts, res.Findings
}

// TestFixesHold applies every fix of every fixture: the finding is gone, what
// could be read still can, and when all fixes are applied there are none left.
func TestFixesHold(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(fixtures, "*", "*.Dockerfile"))
	more, err2 := filepath.Glob(filepath.Join(fixtures, "build", "*", "*.Dockerfile"))
	if paths = append(paths, more...); err != nil || err2 != nil || len(paths) < 100 {
		t.Fatalf("%d fixtures: %v, %v", len(paths), err, err2)
	}
	fixed := map[string]int{}
	for _, path := range paths {
		text := read(t, path)
		before, findings := rulesOf(t, text)
		for _, f := range findings {
			if f.Fix == nil {
				continue
			}
			fixed[f.Rule]++
			after, _ := rulesOf(t, apply(text, f.Fix))
			if after[f.Rule] >= before[f.Rule] {
				t.Errorf("%s: %s at %s is still there after\n%s", path, f.Rule, f.Location, f.Fix.Replacement)
			}
			if after["build/ParseError"] > before["build/ParseError"] || after["build/ScriptError"] > before["build/ScriptError"] {
				t.Errorf("%s: %s at %s cannot be read after\n%s", path, f.Rule, f.Location, f.Fix.Replacement)
			}
		}
		fixAll(t, path, text)
	}
	for _, id := range []string{"DL3014", "DL3015", "DL3019", "DL3042", "DL3020", "DL3025", "DL3065", "DL4000", "build/StageNameCasing", "build/JSONArgsRecommended", "build/FromAsCasing", "build/ConsistentInstructionCasing", "build/ExposeProtoCasing"} {
		if fixed[id] == 0 {
			t.Errorf("no fixture has a fix of %s", id)
		}
	}
}

// fixAll applies the first fix until there is none.
func fixAll(t *testing.T, path, text string) {
	t.Helper()
	for range 100 {
		_, findings := rulesOf(t, text)
		i := slices.IndexFunc(findings, func(f gate.Finding) bool { return f.Fix != nil })
		if i < 0 {
			return
		}
		text = apply(text, findings[i].Fix)
	}
	t.Errorf("%s: the fixes never end:\n%s", path, text)
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
