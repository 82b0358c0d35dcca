package workflow

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scripts are steps, each with the shells in which the failure of the gate is
// lost: e is GitHub's default (set -e alone), p "shell: bash" (with pipefail), n
// a shell without either.
var scripts = []struct{ text, lost string }{
	{text: "portcullis run"},
	{text: "portcullis run || true", lost: "epn"},
	{text: "portcullis run || :", lost: "epn"},
	{text: "portcullis run || exit 1"},
	{text: "portcullis run || exit"},
	{text: "portcullis run || { echo closed; exit 3; }"},
	{text: "portcullis run || { echo closed; exit; }", lost: "epn"},
	{text: "portcullis run || exit 0", lost: "epn"},
	{text: "portcullis run || false"},
	{text: "portcullis run || portcullis run --verbose"},
	{text: "false || portcullis run"},
	{text: "portcullis run || code=$?\necho later\nexit $code"},
	{text: "code=0; portcullis run || code=$?\nif (( code > 0 )); then exit 1; fi"},
	{text: "portcullis run || code=$?\necho later", lost: "epn"},
	{text: "die() { echo closed; exit 1; }\nportcullis run || die"},
	{text: "portcullis run | tee log", lost: "en"},
	{text: "portcullis run |& tee log", lost: "en"},
	{text: "set -o pipefail\nportcullis run | tee log"},
	{text: "set -euo pipefail\nportcullis run | tee log | cat\necho later"},
	{text: "set -e +o pipefail\nportcullis run | tee log", lost: "epn"},
	{text: "portcullis run | tee log\nexit ${PIPESTATUS[0]}"},
	{text: "ls | portcullis run"},
	{text: "( portcullis run; ls ) | cat", lost: "en"},
	{text: "portcullis run > >(tee log)"},
	{text: "portcullis run; true", lost: "n"},
	{text: "portcullis run\ntrue", lost: "n"},
	{text: "portcullis run; code=$?; echo later; exit $code"},
	{text: "set +e\nportcullis run\ncode=$?\nset -e\nexit $code"},
	{text: "set +e\nportcullis run\nset -e\ntrue", lost: "epn"},
	{text: "set +e\nportcullis run"},
	{text: "portcullis run &", lost: "epn"},
	{text: "portcullis run & pid=$!\nwait $pid"},
	{text: "! portcullis run", lost: "epn"},
	{text: "if ! portcullis run; then echo closed; fi", lost: "epn"},
	{text: "if ! portcullis run; then echo closed; exit 1; fi"},
	{text: "if portcullis run; then echo open; fi", lost: "epn"},
	{text: "if portcullis run; then echo open; else exit 1; fi"},
	{text: "if portcullis run; then echo open; else echo closed; fi", lost: "epn"},
	{text: "if portcullis run; then echo open; elif true; then exit 1; fi"},
	{text: "if true; then portcullis run; fi"},
	{text: "if false; then ls; else portcullis run; fi"},
	{text: "while portcullis run; do sleep 1; done", lost: "epn"},
	{text: "for d in a b; do portcullis run $d; done\ntrue", lost: "n"},
	{text: "for d in a b; do portcullis run $d || failed=1; done\nexit ${failed:-0}"},
	{text: "case x in x) portcullis run;; esac"},
	{text: "portcullis run && echo open"},
	{text: "portcullis run && echo open\ntrue", lost: "epn"},
	{text: "true && portcullis run\ntrue", lost: "n"},
	{text: "portcullis run && echo open || exit 1"},
	{text: "( portcullis run && echo open )\ntrue", lost: "n"},
	{text: "{ portcullis run && echo open; }\ntrue", lost: "epn"},
	{text: "{ portcullis run; ls; } || exit 1", lost: "epn"},
	{text: "( set +e; portcullis run; ls )", lost: "epn"},
	{text: "out=$(portcullis run)"},
	{text: "out=\"$(portcullis run)\"; echo \"$out\"", lost: "n"},
	{text: "export out=$(portcullis run)", lost: "epn"},
	{text: "echo \"$(portcullis run)\"", lost: "epn"},
	{text: "cat <(portcullis run)", lost: "epn"},
	{text: "check() { portcullis run; }\ncheck || true", lost: "epn"},
	{text: "check() { portcullis run; }\ncheck"},
	{text: "check() { portcullis run || true; }\ncheck", lost: "epn"},
	{text: "bash -c 'portcullis run | cat'", lost: "epn"},
	{text: "bash -eo pipefail -c 'portcullis run | cat'"},
	{text: "bash -c 'portcullis run' || true", lost: "epn"},
	{text: "bash -c 'portcullis run; ls'", lost: "epn"},
	{text: "bash -ec 'portcullis run; ls'"},
	{text: "time portcullis run"},
	{text: "env A=b portcullis run \\\n  --fail-on low \\\n  || true", lost: "epn"},
	{text: "cat <<E\nportcullis run || true\nE\nportcullis run"},
	{text: "# portcullis run || true\nportcullis run"},
	{text: "echo portcullis run || true\nportcullis run"},
}

// TestR42ScriptsAgreeWithTheShell runs each script in a real shell, with a gate
// that is closed: what the rule says is what becomes of the step.
func TestR42ScriptsAgreeWithTheShell(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "portcullis"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for shell, o := range map[string]options{"e": {errexit: true}, "p": {errexit: true, pipefail: true}, "n": {}} {
		flags := map[string][]string{"e": {"-e"}, "p": {"-eo", "pipefail"}}[shell]
		for _, test := range scripts {
			lost, err := lostCalls(test.text, o)
			if err != nil || (len(lost) > 0) != strings.Contains(test.lost, shell) {
				t.Errorf("%s: %q: lost %+v, want %q (%v)", shell, test.text, lost, test.lost, err)
			}
			cmd := exec.CommandContext(t.Context(), bash, append(flags, "-c", test.text)...)
			cmd.Dir, cmd.Env = dir, []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if green := err == nil; green != strings.Contains(test.lost, shell) {
				t.Errorf("%s: %q: the shell says %v: %s", shell, test.text, err, out)
			}
		}
	}
}

func TestLossSaysWhereAndWhy(t *testing.T) {
	lost, err := lostCalls("ls\n  portcullis run | tee log", options{errexit: true})
	if err != nil || len(lost) != 1 || lost[0].pos.Line() != 2 || lost[0].pos.Col() != 3 || !strings.Contains(lost[0].why, "pipefail") {
		t.Errorf("%+v, %v", lost, err)
	}
	for _, text := range []string{"portcullis run || (", strings.Repeat("(", maxNesting+1), strings.Repeat(" ", maxScript+1)} {
		if lost, err := lostCalls(text, options{}); err == nil {
			t.Errorf("%.20q: %+v", text, lost)
		}
	}
}

// Scripts whose analysis would cost the square or more of their length.
func TestR24LongScripts(t *testing.T) {
	var assigned, called strings.Builder
	for i := range 8000 {
		fmt.Fprintf(&called, "a%d\n", i)
		fmt.Fprintf(&assigned, "a%d=1\n", i)
	}
	for _, text := range []string{
		"if ! portcullis run; then\n" + called.String() + "fi\n",
		"if ! portcullis run; then\n" + assigned.String() + "fi\n",
		strings.Repeat("a || ", 25_000) + "portcullis run | cat\n",
	} {
		if lost, err := lostCalls(text, options{errexit: true}); err != nil || len(lost) != 1 {
			t.Errorf("%.40q: %+v, %v", text, lost, err)
		}
	}
	for _, text := range []string{
		strings.Repeat("if ! a; then\n", 5000) + "portcullis run\n" + strings.Repeat("fi\n", 5000),
		strings.Repeat("function f {\n", 4000) + strings.Repeat("b\n", 4000) + strings.Repeat("}\n", 4000) + "portcullis run\n",
	} {
		if _, err := lostCalls(text, options{errexit: true}); !errors.Is(err, errTooLarge) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

func FuzzScript(f *testing.F) {
	for _, s := range scripts {
		f.Add(s.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lost, err := lostCalls(text, options{errexit: true})
		for _, l := range lost {
			if l.why == "" || int(l.pos.Line()) > strings.Count(text, "\n")+1 {
				t.Errorf("%q: %+v (%v)", text, l, err)
			}
		}
	})
}
