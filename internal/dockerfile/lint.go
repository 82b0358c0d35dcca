package dockerfile

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// linted is the outcome for one file.
type linted struct {
	findings []gate.Finding
	notes    []string
	read     bool  // at least one instruction was
	err      error // nil, or a *gate.CheckError
}

// lint applies the rules to one file. A panic is an error of that file: the
// caller's goroutines have nobody else to catch it.
func (s *Stage) lint(name string) (out linted) {
	defer func() {
		if v := recover(); v != nil {
			out = linted{err: checkError(name, fmt.Errorf("internal error: %v", v))}
		}
	}()
	b, err := s.options.Tree.ReadFile(name)
	if err != nil {
		return linted{err: checkError(name, err)}
	}
	f, err := syntax.Parse(b)
	if err != nil {
		return linted{err: checkError(name, err)}
	}
	found := s.apply(f)
	all := pragmas(f)
	if !s.options.DisableIgnorePragma {
		found = suppress(found, f, all)
	}
	for _, p := range all {
		out.notes = append(out.notes, p.note(name, s.options.DisableIgnorePragma))
	}
	for _, x := range found {
		x.Path = name
		out.findings = append(out.findings, x.Finding)
	}
	out.read = len(f.Instructions) > 0
	s.options.Log.Debug("checked", slog.String("file", name), slog.Int("findings", len(found)))
	return out
}

// apply runs every rule on a file.
func (s *Stage) apply(f *syntax.File) []finding {
	var found []finding
	for _, r := range s.rules {
		r.check(&pass{
			File:     f,
			rule:     r,
			settings: s.settings(),
			found:    &found,
		})
	}
	link(found)
	return found
}

func (s *Stage) settings() settings {
	return settings{
		trustedRegistries: s.options.TrustedRegistries,
		labels:            s.options.Labels,
		strictLabels:      s.options.StrictLabels,
	}
}

// link makes findings name each other where two rules say the same of one
// instruction.
func link(found []finding) {
	type place struct {
		rule        string
		instruction int
	}
	twins := map[place]*finding{}
	for i := range found {
		twins[place{rule: found[i].Rule, instruction: found[i].instruction}] = &found[i]
	}
	for i := range found {
		f := &found[i]
		twin := twins[place{rule: registry[f.Rule].same, instruction: f.instruction}]
		if twin != nil && twin.Object == f.Object {
			f.Also, twin.Also = append(f.Also, twin.Rule), append(twin.Also, f.Rule)
		}
	}
}

// checkError blames a file, at the place that the cause knows.
func checkError(name string, err error) error {
	c := &gate.CheckError{Location: gate.Location{Path: name}, Err: err}
	var unreadable *syntax.UnreadableError
	if errors.As(err, &unreadable) {
		c.Location.Range = unreadable.Range
		c.Hint = "save the file as UTF-8 text, or exclude the path"
	}
	return c
}
