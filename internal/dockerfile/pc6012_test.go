package dockerfile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

// TestR31AddedPragmas compares a change with its base: what the change adds is
// a finding as bad as what it suppresses, and what was there is none.
func TestR31AddedPragmas(t *testing.T) {
	const ignored = "FROM a:1\n# hadolint ignore=DL3004\nRUN sudo true\n"
	for _, tt := range []struct {
		name, base, head string
		added            []int // lines of findings of PC6012
		severity         gate.Severity
		left             []int // lines of findings of DL3004
	}{
		{"as in the base", ignored, ignored, nil, 0, nil},
		{"added", "FROM a:1\nRUN sudo true\n", ignored, []int{2}, gate.High, nil},
		{"no base file", "", ignored, []int{2}, gate.High, nil},
		{"the instruction was edited", ignored, "FROM a:2\n\n# hadolint ignore=DL3004\nRUN sudo make -j2\n", nil, 0, nil},
		{"one more of the same", ignored, ignored + "# hadolint ignore=DL3004\nRUN sudo make\n", []int{4}, gate.High, nil},
		{"another rule", ignored, "FROM a:1\n# hadolint ignore=DL3004,DL3001\nRUN sudo true\n", []int{2}, gate.High, nil},
		{"on another kind of instruction", "FROM a:1\n# hadolint ignore=DL3004\nUSER a\nRUN sudo true\n", ignored, []int{2}, gate.High, nil},
		{"moved to another instruction", ignored + "RUN sudo make\n", "FROM a:1\nRUN true\n# hadolint ignore=DL3004\nRUN sudo make\n", []int{3}, gate.High, nil},
		{"moved, the old one stays", ignored + "RUN sudo make\n", "FROM a:1\nRUN sudo true\n# hadolint ignore=DL3004\nRUN sudo make\n", []int{3}, gate.High, []int{2}},
		{"moved to a new instruction, the old one stays", ignored, "FROM a:1\nRUN sudo true\n# hadolint ignore=DL3004\nRUN sudo make\n", []int{3}, gate.High, []int{2}},
		{"one more, above", ignored, "FROM a:1\n# hadolint ignore=DL3004\nRUN sudo make\n# hadolint ignore=DL3004\nRUN sudo true\n", []int{2}, gate.High, nil},
		{"both were moved together", ignored + "RUN sudo make\n", "FROM a:1\nRUN sudo make\n# hadolint ignore=DL3004\nRUN  sudo true\n", nil, 0, []int{2}},
		{"build stage, moved", "# hadolint stage ignore=DL3004\nFROM a:1\nFROM b:1\nRUN sudo true\n", "FROM a:1\n# hadolint stage ignore=DL3004\nFROM b:1\nRUN sudo true\n", []int{2}, gate.High, nil},
		{"nothing suppressed", "FROM a:1\nRUN true\n", "FROM a:1\n# hadolint ignore=DL3004\nRUN true\n", []int{2}, gate.Low, nil},
		{"global has no effect", "FROM a:1\nRUN sudo true\n", "# hadolint global ignore=DL3004\nFROM a:1\nRUN sudo true\n", []int{1}, gate.Low, []int{3}},
		{"global of the base", "# hadolint global ignore=DL3004\nFROM a:1\n", "# hadolint global ignore=DL3004\nFROM a:1\nRUN sudo true\n", nil, 0, nil},
		{"build stage", "FROM a:1\nRUN sudo true\n", "# hadolint stage ignore=DL3004\nFROM a:1\nRUN sudo true\n", []int{1}, gate.High, nil},
		{"a shell that is not read", "FROM a:1\nRUN sudo true\n", "# hadolint shell=pwsh\nFROM a:1\nRUN sudo true\n", []int{1}, gate.High, nil},
		{"a shell that is", "FROM a:1\nRUN sudo true\n", "# hadolint shell=bash\nFROM a:1\nRUN sudo true\n", []int{1}, gate.Low, []int{3}},
		{"the base cannot be read", "FROM a:1\n\xff", ignored, []int{2}, gate.High, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := func(string) ([]byte, error) {
				if tt.base == "" {
					return nil, fs.ErrNotExist
				}
				return []byte(tt.base), nil
			}
			res, err := run(t, Options{Base: base}, map[string]string{"Dockerfile": tt.head})
			if err != nil {
				t.Fatal(err)
			}
			if got := linesOf(t, res, "PC6012"); !slices.Equal(got, tt.added) {
				t.Errorf("added in lines %v, want %v", got, tt.added)
			}
			if got := linesOf(t, res, "DL3004"); !slices.Equal(got, tt.left) {
				t.Errorf("left in lines %v, want %v", got, tt.left)
			}
			for _, f := range res.Findings {
				if f.Rule == "PC6012" && f.Severity != tt.severity {
					t.Errorf("severity %v, want %v", f.Severity, tt.severity)
				}
			}
		})
	}
}

func TestR31BuildChecksOfTheWholeFile(t *testing.T) {
	const plain = "FROM a:1\nCMD serve\n"
	base := func(string) ([]byte, error) { return []byte(plain), nil }
	res, err := run(t, Options{Base: base}, map[string]string{"Dockerfile": "# check=skip=all\n" + plain})
	if got := linesOf(t, res, "build/JSONArgsRecommended"); err != nil || !slices.Equal(got, []int{3}) {
		t.Errorf("lines %v, want 3 (%v)", got, err)
	}
}

// TestR31AddedDirectives gives ShellCheck a script whose own comments switch
// checks off.
func TestR31AddedDirectives(t *testing.T) {
	const head = "FROM a:1\nRUN <<EOF\n# shellcheck disable=SC2086\necho $a\nEOF\n"
	const moved = "FROM a:1\nRUN <<EOF\necho $a\nEOF\nRUN <<EOF\n# shellcheck disable=SC2086\nls $a\nEOF\n"
	for base, want := range map[string][]int{"FROM a:1\n": {4}, head: nil, moved: {4}} {
		o := Options{ShellCheck: "required", ShellCheckPath: shellCheckPath(t), Base: func(string) ([]byte, error) { return []byte(base), nil }}
		res, err := run(t, o, map[string]string{"Dockerfile": head})
		if got := linesOf(t, res, "SC2086"); err != nil || !slices.Equal(got, want) {
			t.Errorf("base %q: lines %v, want %v (%v)", base, got, want, err)
		}
		if got := len(linesOf(t, res, "PC6012")); got != len(want) {
			t.Errorf("base %q: %d findings of PC6012", base, got)
		}
	}
}

// TestR31Mandatory holds that no pragma suppresses a rule that the configuration
// makes mandatory.
func TestR31Mandatory(t *testing.T) {
	src := "# hadolint global ignore=DL3002\nFROM a:1\n# hadolint ignore=DL3002\nUSER root\n"
	res, err := run(t, Options{Mandatory: []string{"DL3002"}}, map[string]string{"Dockerfile": src})
	if got := linesOf(t, res, "DL3002"); err != nil || !slices.Equal(got, []int{4}) {
		t.Errorf("lines %v, want 4 (%v)", got, err)
	}
	want := `Dockerfile:3: "hadolint ignore=DL3002" suppressed 0 of the findings, and none of DL3002, which is mandatory`
	if !slices.Contains(res.Notes, want) {
		t.Errorf("notes are %q, want %q", res.Notes, want)
	}
}

// TestR31UnknownMandatory holds that a misspelled rule is not mandatory in
// silence.
func TestR31UnknownMandatory(t *testing.T) {
	for id, want := range map[string]string{
		"DL302": `dockerfile.mandatory: there is no rule "DL302"`, "DL3002": "", "SC2086": "", "build/FromAsCasing": "", "PC6012": "",
	} {
		_, err := run(t, Options{Mandatory: []string{id}}, map[string]string{"Dockerfile": "FROM a:1\nUSER 10\n"})
		if got := fmt.Sprint(err); err == nil && want != "" || err != nil && got != want {
			t.Errorf("%s: error is %v, want %q", id, err, want)
		}
	}
}

func TestR31BaseThatFails(t *testing.T) {
	o := Options{Base: func(string) ([]byte, error) { return nil, errors.New("broken object") }}
	for text, want := range map[string]bool{"FROM a:1\n# hadolint ignore=DL3004\nRUN sudo true\n": true, "FROM a:1\n": false} {
		if _, err := run(t, o, map[string]string{"Dockerfile": text}); (err != nil) != want {
			t.Errorf("%q: error is %v, want one: %t", text, err, want)
		}
	}
}
