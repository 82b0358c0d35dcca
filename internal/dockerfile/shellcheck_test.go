package dockerfile

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// shellList returns line:column, rule and severity of each finding of
// ShellCheck.
func shellList(res gate.Result) []string {
	var all []string
	for _, f := range res.Findings {
		if strings.HasPrefix(f.Rule, "SC") {
			all = append(all, fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Rule, f.Severity))
		}
	}
	return all
}

func TestR24ShellCheckIsMissing(t *testing.T) {
	files := map[string]string{"Dockerfile": "FROM a:1\nUSER root\nRUN echo $a\n"}
	res, err := run(t, Options{ShellCheck: "auto"}, files)
	if want := []string{"shellcheck is not installed: the scripts of RUN were not checked by it"}; err != nil || !slices.Equal(res.Notes, want) {
		t.Errorf("auto: got %q, %v", res.Notes, err)
	}
	res, err = run(t, Options{ShellCheck: "required"}, files)
	failures := gate.Failures(err)
	if len(failures) != 1 || !strings.Contains(failures[0].Message, "requires it") || failures[0].Hint == "" || len(list(res)) != 1 {
		t.Errorf("required: got %+v and %q", failures, list(res))
	}
	res, err = run(t, Options{ShellCheck: "off"}, files)
	if err != nil || len(res.Notes) != 0 {
		t.Errorf("off: got %q, %v", res.Notes, err)
	}
}

func TestShellCheckConfiguration(t *testing.T) {
	src := "FROM a:1\n# hadolint ignore=SC2086\nRUN echo $a\nRUN echo $b\nRUN <<EOF\n# shellcheck disable=SC2086\ntrue\necho $c\nEOF\n# shellcheck disable=DL3006\n# shellcheck disable=SC2154\nRUN echo $d\n"
	all := []string{"3:10 SC2154 medium", "4:10 SC2086 low", "4:10 SC2154 medium", "8:6 SC2154 medium", "12:10 SC2086 low"}
	for _, tt := range []struct {
		name string
		o    Options
		want []string
	}{
		{"default", Options{}, all},
		{"off", Options{ShellCheck: "off"}, nil},
		{"ignore", Options{Ignore: []string{"SC2154"}}, []string{"4:10 SC2086 low", "12:10 SC2086 low"}},
		{"severity", Options{Ignore: []string{"SC2154"}, Severity: map[string]gate.Severity{"SC2086": gate.Critical}}, []string{"4:10 SC2086 critical", "12:10 SC2086 critical"}},
		{"no pragmas", Options{Ignore: []string{"SC2154"}, DisableIgnorePragma: true}, []string{"3:10 SC2086 low", "4:10 SC2086 low", "8:6 SC2086 low", "12:10 SC2086 low"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.ShellCheckPath = shellCheckPath(t)
			if tt.o.ShellCheck == "" {
				tt.o.ShellCheck = "required"
			}
			res, err := run(t, tt.o, map[string]string{"Dockerfile": src})
			if got := shellList(res); err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q (%v)", got, tt.want, err)
			}
		})
	}
}

func TestR31ShellCheckDirectivesAreStated(t *testing.T) {
	src := "FROM a:1\nRUN true && \\\n  # shellcheck disable=SC2086,SC2154\n  echo $a\nRUN <<EOF\n# shellcheck disable=SC2154\ntrue\nEOF\nSHELL [\"/bin/zsh\", \"-c\"]\nRUN echo $a\n" +
		"# shellcheck disable=DL3006\nRUN true\n# shellcheck shell=sh disable=all\nRUN true\n"
	o := Options{ShellCheck: "auto", ShellCheckPath: shellCheckPath(t)}
	res, err := run(t, o, map[string]string{"Dockerfile": src})
	want := []string{
		`Dockerfile:3: "shellcheck disable=SC2086,SC2154" suppressed 2 of the findings`,
		`Dockerfile:11: "shellcheck disable=DL3006" has no effect: "DL3006" is not a check of ShellCheck`,
		`Dockerfile:13: "shellcheck disable=all" has no effect: "all" is not the id of a rule`,
		`Dockerfile:6: "# shellcheck disable=SC2154" is for ShellCheck, which does not say what it suppressed`,
		`Dockerfile: ShellCheck does not know the shell "zsh": 3 of the scripts were not checked by it`,
	}
	if err != nil || !slices.Equal(res.Notes, want) || len(shellList(res)) != 0 {
		t.Errorf("got %q and %q, %v", res.Notes, shellList(res), err)
	}
	o.DisableIgnorePragma = true
	res, err = run(t, o, map[string]string{"Dockerfile": src})
	if err != nil || len(res.Notes) != 5 || !strings.Contains(res.Notes[3], "not honoured") {
		t.Errorf("got %q, %v", res.Notes, err)
	}
}

// TestR24ShellCheckFails gives a program that cannot read one of the scripts:
// its file is not checked, the others are.
func TestR24ShellCheckFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shellcheck")
	script := "#!/bin/sh\n! grep -q bomb *.sh || exit 2\necho '{\"comments\":[{\"file\":\"0.sh\",\"line\":3,\"column\":1,\"endLine\":3,\"endColumn\":1,\"level\":\"style\",\"code\":2999,\"message\":\"seen.\"}]}'\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range []string{"a", "b", "c"} {
		files[name+"/Dockerfile"] = "FROM a:1\nRUN echo " + name + "\n"
	}
	files["b/Dockerfile"] += "RUN bomb\n"
	res, err := run(t, Options{ShellCheck: "auto", ShellCheckPath: path}, files)
	failures := gate.Failures(err)
	if len(failures) != 1 || failures[0].Path != "b/Dockerfile" || failures[0].Message != "running shellcheck: exit status 2" {
		t.Errorf("got %+v", failures)
	}
	want := []string{"2:5 SC2999 low", "2:5 SC2999 low"}
	if got := shellList(res); !slices.Equal(got, want) || res.Checked.Files != 3 || res.Findings[0].EndColumn != 6 {
		t.Errorf("got %q, %+v", got, res.Checked)
	}
}

func TestShellCheckFindingNamesTheScriptError(t *testing.T) {
	o := Options{ShellCheck: "auto", ShellCheckPath: shellCheckPath(t)}
	res, err := run(t, o, map[string]string{"Dockerfile": "FROM a:1\nRUN if true; then\n"})
	also := map[string][]string{}
	for _, f := range res.Findings {
		also[f.Rule] = f.Also
		if f.Rule == "SC1072" && (f.URL != "https://www.shellcheck.net/wiki/SC1072" || f.Layer != gate.Container || f.Title == "" || f.Hint == "") {
			t.Errorf("got %+v", f)
		}
	}
	want := map[string][]string{
		"build/ScriptError": {"SC1073", "SC1072"}, "SC1072": {"build/ScriptError"}, "SC1073": {"build/ScriptError"}, "SC1009": nil,
	}
	if err != nil || !reflect.DeepEqual(also, want) {
		t.Errorf("got %v, %v", also, err)
	}
}
