package sarif

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Options are everything the stage is told.
type Options struct {
	Files []string // paths of SARIF files
	Tree  *workspace.Tree
}

// A Stage takes over the findings of SARIF files.
type Stage struct{ o Options }

// New returns the stage.
func New(o Options) *Stage { return &Stage{o: o} }

// Name returns "import".
func (s *Stage) Name() string { return "import" }

// Run reads every file. One that cannot be read does not hide the others.
func (s *Stage) Run(ctx context.Context) (gate.Result, error) {
	if len(s.o.Files) == 0 {
		return gate.Result{Skip: "no file was named"}, nil
	}
	var res gate.Result
	var errs []error
	read := map[string]bool{}
	for _, name := range s.o.Files {
		if ctx.Err() != nil {
			return res, errors.Join(append(errs, context.Cause(ctx))...)
		}
		if name = filepath.Clean(name); read[name] {
			continue
		}
		read[name] = true
		if err := s.add(name, &res); err != nil {
			errs = append(errs, err)
		}
	}
	return res, errors.Join(errs...)
}

// add adds what one file says.
func (s *Stage) add(name string, res *gate.Result) error {
	failed := func(err error, hint string) error {
		return &gate.CheckError{Location: gate.Location{Path: filepath.ToSlash(name)}, Err: err, Hint: hint}
	}
	raw, err := read(s.o.Tree.Dir(), name)
	if err != nil {
		return failed(fmt.Errorf("reading the results of another tool: %w", err), "let the step of the tool come first, and name the file that it writes")
	}
	l, err := decode(raw)
	if err != nil {
		return failed(err, "let the tool write SARIF 2.1.0, complete and within the limits")
	}
	res.Checked.Files++
	sum := sha256.Sum256(raw)
	var errs []error
	for _, r := range l.Runs {
		t := translation{run: r, tree: s.o.Tree}
		found := t.findings()
		res.Findings = append(res.Findings, found...)
		res.Checked.Rules += max(1, t.rules()) // a tool may list only the rules that found something
		res.Notes = append(res.Notes, fmt.Sprintf("%s: %s, %s (sha256:%x)", filepath.ToSlash(name), t.title(), tally(found), sum[:6]))
		for _, err := range incomplete(r) {
			errs = append(errs, failed(fmt.Errorf("%s: %w", t.title(), err), "see the log of the tool"))
		}
	}
	return errors.Join(errs...)
}

// tally counts what a run found.
func tally(found []gate.Finding) string {
	waived := 0
	for _, f := range found {
		if f.Status == gate.Waived {
			waived++
		}
	}
	text := fmt.Sprintf("%d results", len(found))
	if len(found) == 1 {
		text = "1 result"
	}
	if waived > 0 {
		text += fmt.Sprintf(", %d of them suppressed", waived)
	}
	return text
}

// incomplete says what a run could not check.
func incomplete(r run) []error {
	var errs []error
	if r.Results == nil {
		errs = append(errs, errors.New("its run has no list of results, so nothing says that it was finished"))
	}
	if r.External != nil && len(r.External.Results) > 0 {
		errs = append(errs, errors.New("its results are in other files, which are not read"))
	}
	for _, i := range r.Invocations {
		switch {
		case i.Successful != nil && !*i.Successful:
			errs = append(errs, errors.New("it says itself that it did not run successfully"))
		case i.Signal != "":
			errs = append(errs, fmt.Errorf("it was ended by the signal %s", i.Signal))
		}
		for _, n := range slices.Concat(i.Execution, i.Configuration) {
			if n.Level == "error" {
				errs = append(errs, fmt.Errorf("it reports an error: %s", n.describe()))
			}
		}
	}
	return errs
}

// describe returns the text of a notification and the file it is about.
func (n notification) describe() string {
	text := n.Message.plain(nil)
	if text == "" {
		text = "without a text"
	}
	if len(n.Locations) > 0 && n.Locations[0].Physical.Artifact.URI != "" {
		text += " (" + n.Locations[0].Physical.Artifact.URI + ")"
	}
	return text
}
