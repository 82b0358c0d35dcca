package dockerfile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/moby/patternmatcher"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

// A checked file is one on its way through the stage.
type checked struct {
	name  string
	file  *syntax.File // nil: it could not be read
	found []finding

	findings []gate.Finding // what is left of found
	notes    []string
	waived   *waivers // by comments in the file
	err      error    // nil, or one or more *gate.CheckError

	instructions int // how many were read
}

// fail says that something of the file could not be checked.
func (c *checked) fail(err error) { c.err = errors.Join(c.err, err) }

// guarded calls f. A panic is an error of the file: the goroutines of the stage
// have nobody else to catch it.
func (c *checked) guarded(f func()) {
	defer func() {
		if v := recover(); v != nil {
			*c = checked{name: c.name, err: checkError(c.name, fmt.Errorf("internal error: %v", v))}
		}
	}()
	f()
}

// lint checks some of the files, from reading to what the pragmas leave.
func (s *Stage) lint(ctx context.Context, names []string) []*checked {
	files := make([]*checked, len(names))
	for i, name := range names {
		files[i] = &checked{name: name}
		if ctx.Err() == nil {
			files[i].guarded(func() { s.begin(files[i]) })
		}
	}
	s.shellCheck(ctx, files)
	for _, c := range files {
		c.guarded(func() { s.finish(c) })
	}
	return files
}

// begin reads a file and applies the rules to it.
func (s *Stage) begin(c *checked) {
	b, err := s.options.Tree.ReadFile(c.name)
	if err != nil {
		c.fail(checkError(c.name, err))
		return
	}
	f, err := syntax.Parse(b)
	if err != nil {
		c.fail(checkError(c.name, err))
		return
	}
	c.file, c.found = f, s.apply(c.name, f)
	if c.waived, err = s.waivers(c.name, f); err != nil {
		c.fail(checkError(c.name, err))
	}
	s.obeyCheck(c)
}

// finish leaves of a file what is reported: the model of it is let go.
func (s *Stage) finish(c *checked) {
	if c.file == nil {
		return
	}
	link(c.found)
	if !s.options.DisableIgnorePragma {
		c.found = suppress(c.found, c.file, c.waived.pragmas, s.options.Mandatory...)
		s.blameAdded(c)
	}
	for _, p := range c.waived.pragmas {
		c.notes = append(c.notes, p.note(c.name, s.options.DisableIgnorePragma))
	}
	c.notes = append(c.notes, s.shellNotes(c)...)
	c.findings = make([]gate.Finding, 0, len(c.found))
	for i := range c.found {
		x := &c.found[i]
		x.Path = c.name
		if x.Fix != nil {
			x.Fix.Path = c.name
		}
		c.findings = append(c.findings, x.Finding)
	}
	slices.SortStableFunc(c.findings, gate.Compare)
	s.options.Log.Debug("checked", slog.String("file", c.name), slog.Int("findings", len(c.found)))
	c.found, c.instructions = nil, len(c.file.Instructions)
	c.file, c.waived = nil, nil
}

// usualFindings is how many findings there is room for at first.
const usualFindings = 16

// apply runs every rule on a file, which has this name in the tree.
func (s *Stage) apply(name string, f *syntax.File) []finding {
	found := make([]finding, 0, usualFindings)
	p := pass{File: f, settings: s.settings(name), found: &found, secrets: secretsOf(f)}
	for _, rules := range [][]rule{s.rules, s.experimental(f)} {
		for i := range rules {
			p.rule = &rules[i]
			p.rule.check(&p)
		}
	}
	return found
}

func (s *Stage) settings(name string) settings {
	return settings{
		trustedRegistries: s.options.TrustedRegistries,
		labels:            s.options.Labels,
		strictLabels:      s.options.StrictLabels,
		ignored:           func() *patternmatcher.PatternMatcher { return s.ignored(name) },
		ignoreFile:        func() bool { return s.hasIgnoreFile(name) },
		now:               s.options.Now,
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
		twin := twins[place{rule: f.same, instruction: f.instruction}]
		if twin != nil && twin.Object == f.Object && !slices.Contains(f.Also, twin.Rule) {
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
