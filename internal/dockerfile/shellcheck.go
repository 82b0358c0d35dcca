package dockerfile

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/shellcheck"
	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// shellRule documents all checks of ShellCheck, whose ids are SC and a number:
// which there are depends on the version that is installed.
var shellRule = gate.Rule{
	ID:          "SC",
	Title:       "scripts of RUN must pass ShellCheck",
	Severity:    gate.Medium,
	Layer:       gate.Container,
	Stage:       Name,
	Why:         "A shell goes on after most mistakes: the build is green, and the image is not what the script was meant to make. ShellCheck's errors are high, its warnings medium, its info and style low.",
	Bad:         "FROM alpine:3.20\nRUN rm -rf $dir/*\n",
	Good:        "FROM alpine:3.20\nARG dir=/var/cache\nRUN rm -rf \"${dir:?}\"/*\n",
	Remediation: "correct the script as the page of the check shows",
	Controls:    []string{"nist-sp-800-190-4.1.2"},
	URL:         "https://www.shellcheck.net/wiki/",
}

// shellLevels are ShellCheck's severities on the scale of portcullis.
var shellLevels = map[string]gate.Severity{"error": hadolintError, "warning": hadolintWarning, "info": hadolintInfo, "style": hadolintInfo}

// shellDialects are the shells whose scripts ShellCheck reads, and what it calls
// them. The shell of Alpine and BusyBox is nearest to dash.
var shellDialects = map[string]string{"sh": "sh", "bash": "bash", "dash": "dash", "ash": "dash", "ksh": "ksh", "mksh": "ksh"}

// builderVariables are set in every build: BuildKit takes them as build
// arguments that no ARG has to declare.
var builderVariables = []string{
	"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy",
}

// shellCheck adds what ShellCheck finds in files that were read. If it cannot
// check them together, it is asked about one after the other, so that only the
// file at fault is not checked.
func (s *Stage) shellCheck(ctx context.Context, files []*checked) {
	if s.shell == nil {
		return
	}
	var runs []*syntax.Instruction
	var scripts []shellcheck.Script
	for _, c := range files {
		for in := range c.shellScripts() {
			runs = append(runs, in)
			scripts = append(scripts, s.shellScript(c, in))
		}
	}
	if len(runs) == 0 {
		return
	}
	comments, err := s.shell.Check(ctx, scripts)
	switch {
	case err != nil && len(files) > 1:
		for _, c := range files {
			s.shellCheck(ctx, []*checked{c})
		}
		return
	case err != nil:
		files[0].fail(&gate.CheckError{
			Location: gate.Location{Path: files[0].name}, Err: err,
			Hint: "run shellcheck by hand on its scripts, or set dockerfile.shellcheck to off",
		})
		return
	}
	for _, c := range files {
		n := 0
		for range c.shellScripts() {
			n++
		}
		c.guarded(func() { s.shellFindings(c, runs[:n], comments[:n]) })
		runs, comments = runs[n:], comments[n:]
	}
}

// shellScripts yields the RUN instructions of a file whose script a shell reads
// that ShellCheck knows, those within ONBUILD included.
func (c *checked) shellScripts() iter.Seq[*syntax.Instruction] {
	return func(yield func(*syntax.Instruction) bool) {
		for in := range c.scripts() {
			if shellDialects[in.Script.Shell] != "" && !yield(in) {
				return
			}
		}
	}
}

// scripts yields the RUN instructions that hold a script.
func (c *checked) scripts() iter.Seq[*syntax.Instruction] {
	return func(yield func(*syntax.Instruction) bool) {
		if c.file == nil {
			return
		}
		p := pass{File: c.file}
		for in := range p.each("RUN") {
			if in.Script != nil && in.Script.Text != "" && !yield(in) {
				return
			}
		}
	}
}

// shellScript is the script of an instruction as ShellCheck gets it.
func (s *Stage) shellScript(c *checked, in *syntax.Instruction) shellcheck.Script {
	text := in.Script.Text
	if s.options.DisableIgnorePragma || c.waived.inScript(in) {
		text = shellDirective.ReplaceAllStringFunc(text, strings.ToUpper)
	}
	return shellcheck.Script{
		Text:      text,
		Shell:     shellDialects[in.Script.Shell],
		Variables: slices.Concat(builderVariables, in.Script.Variables()),
	}
}

// shellDirective is the start of a comment that ShellCheck obeys. In capitals
// it does not, and nothing in the script moves.
var shellDirective = regexp.MustCompile(`#\s*shellcheck\s`)

// shellFindings turns the comments on a file's scripts into findings.
func (s *Stage) shellFindings(c *checked, runs []*syntax.Instruction, comments [][]shellcheck.Comment) {
	secrets := secretsOf(c.file)
	for i, in := range runs {
		for _, comment := range comments[i] {
			r := rule{Rule: shellRule}
			r.ID = comment.ID()
			r.URL = shellRule.URL + r.ID
			r.Severity = shellLevels[comment.Level]
			if severity, set := s.options.Severity[r.ID]; set {
				r.Severity = severity
			}
			if comment.Code == 1072 || comment.Code == 1073 {
				r.same = "build/ScriptError"
			}
			if slices.Contains(s.options.Ignore, r.ID) {
				continue
			}
			p := pass{File: c.file, rule: &r, found: &c.found, secrets: secrets}
			p.report(in, in.Script.Span(comment.Start, visible(in.Script.Text, comment)), "%s", strings.TrimSuffix(comment.Message, "."))
		}
	}
}

// visible returns the end of what a comment is about. A place between two
// characters is shown as the one after it.
func visible(text string, c shellcheck.Comment) int {
	if c.End > c.Start || c.Start >= len(text) || text[c.Start] == '\n' {
		return c.End
	}
	_, size := utf8.DecodeRuneInString(text[c.Start:])
	return c.Start + size
}

// shellMissing says what follows from ShellCheck not being installed.
func (s *Stage) shellMissing() (note string, err error) {
	if s.shell != nil {
		return "", nil
	}
	switch s.options.ShellCheck {
	case "auto":
		return "shellcheck is not installed: the scripts of RUN were not checked by it", nil
	case "required":
		return "", &gate.CheckError{
			Err:  errors.New("shellcheck is not installed, and the configuration requires it"),
			Hint: "install shellcheck, or set dockerfile.shellcheck to auto",
		}
	}
	return "", nil
}

// shellNotes says which scripts of a file ShellCheck did not read, and which
// it read with checks switched off.
func (s *Stage) shellNotes(c *checked) []string {
	if s.shell == nil {
		return nil
	}
	unknown := map[string]int{}
	var notes []string
	for in := range c.scripts() {
		if shellDialects[in.Script.Shell] == "" {
			unknown[in.Script.Shell]++
			continue
		}
		for _, at := range shellDirective.FindAllStringIndex(in.Script.Text, -1) {
			span := in.Script.Span(at[0], at[1])
			line, _, _ := strings.Cut(in.Script.Text[at[0]:], "\n")
			what := "is for ShellCheck, which does not say what it suppressed"
			switch {
			case s.options.DisableIgnorePragma:
				what = "is not honoured: the configuration forbids it"
			case c.waived.inScript(in):
				what = "is not honoured: the change adds it"
			}
			notes = append(notes, fmt.Sprintf("%s:%d: %q %s", c.name, c.file.Range(span).Line, shorten(line), what))
		}
	}
	for _, shell := range slices.Sorted(maps.Keys(unknown)) {
		notes = append(notes, fmt.Sprintf("%s: ShellCheck does not know the shell %q: %d of the scripts were not checked by it", c.name, shell, unknown[shell]))
	}
	return notes
}
