package policy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const fixtures = "../../testdata/policy"

func allRules(t *testing.T) []gate.Rule {
	t.Helper()
	rules, err := builtinRules()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// TestBuiltinFixtures runs every policy on its fixtures: the report of the
// failing ones is in a golden file beside them, the passing ones have none.
func TestBuiltinFixtures(t *testing.T) {
	for _, rule := range allRules(t) {
		t.Run(rule.ID, func(t *testing.T) {
			dir := filepath.Join(fixtures, rule.ID)
			files, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			for _, file := range files {
				name := file.Name()
				kind, _, _ := strings.Cut(strings.TrimSuffix(name, filepath.Ext(name)), "-")
				if filepath.Ext(name) == ".out" {
					continue
				}
				count[kind]++
				tr := open(t, dir)
				s := run(t, Options{Tree: tr, Builtin: true, Manifests: []string{name}})
				if s.Verdict == gate.Error {
					t.Errorf("%s: %s", name, s.Error)
				}
				s = only(s, rule.ID)
				switch kind {
				case "fail":
					golden(t, filepath.Join(dir, name+".out"), text(s, tr))
					if len(s.Findings) == 0 {
						t.Errorf("%s has no finding", name)
					}
				case "pass":
					if len(s.Findings) > 0 {
						t.Errorf("%s has findings:\n%s", name, text(s, tr))
					}
				default:
					t.Errorf("%s is neither a failing nor a passing fixture", name)
				}
			}
			if count["fail"] == 0 || count["pass"] == 0 {
				t.Errorf("%d failing and %d passing fixtures", count["fail"], count["pass"])
			}
		})
	}
}

// TestBuiltinDocumentation checks that the documentation is whole, and that its
// examples are what they are said to be.
func TestBuiltinDocumentation(t *testing.T) {
	rules := allRules(t)
	if len(rules) < 10 {
		t.Fatalf("%d rules", len(rules))
	}
	for _, rule := range rules {
		for name, value := range map[string]string{
			"title": rule.Title, "why": rule.Why, "bad": rule.Bad, "good": rule.Good,
			"remediation": rule.Remediation, "layer": string(rule.Layer), "url": rule.URL,
		} {
			if value == "" {
				t.Errorf("%s has no %s", rule.ID, name)
			}
		}
		if rule.Severity == gate.Unknown || rule.Stage != Name || strings.HasSuffix(rule.Title, ".") {
			t.Errorf("%s: severity %s, stage %q, title %q", rule.ID, rule.Severity, rule.Stage, rule.Title)
		}
		tr := tree(t, map[string]string{"bad.yaml": rule.Bad, "good.yaml": rule.Good})
		s := only(run(t, Options{Tree: tr, Builtin: true}), rule.ID)
		if len(s.Findings) == 0 || s.Findings[len(s.Findings)-1].Path != "bad.yaml" || s.Error != "" {
			t.Errorf("%s: the examples give:\n%s", rule.ID, text(s, tr))
		}
	}
	if _, err := os.Stat("../../policies/" + rules[0].ID + ".rego"); err != nil {
		t.Error(err)
	}
}

func TestBuiltinDisable(t *testing.T) {
	tr := open(t, filepath.Join(fixtures, "PC1001"))
	s := run(t, Options{Tree: tr, Builtin: true, Disable: []string{"PC1001"}})
	if s.Verdict == gate.Error || len(only(s, "PC1001").Findings) > 0 || len(s.Findings) == 0 {
		t.Errorf("%s:\n%s", s.Verdict, text(s, tr))
	}
	s = run(t, Options{Tree: tr, Builtin: true, Disable: []string{"PC9999"}})
	if s.Verdict != gate.Error || !strings.Contains(s.Error, "PC9999") {
		t.Errorf("%s: %s", s.Verdict, s.Error)
	}
}

func TestR28SecretsAreNotPrinted(t *testing.T) {
	const oneLine = `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "hunter2"}}, {"apiVersion": "v1", "kind": "Pod", "spec": {"hostPID": true}}]}`
	tr := tree(t, map[string]string{
		"secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: hunter2\n",
		"list.json":   oneLine,
	})
	s := run(t, Options{Tree: tr, Builtin: true})
	if len(s.Findings) != 3 {
		t.Errorf("%d findings:\n%s", len(s.Findings), text(s, tr))
	}
	for _, f := range s.Findings {
		if !f.Sensitive || f.Source != "" || strings.Contains(f.Message, "hunter2") {
			t.Errorf("%s: sensitive %v, source %q, message %q", f.Rule, f.Sensitive, f.Source, f.Message)
		}
	}
}
