package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// Name is the name of the stage.
const Name = "workflow"

// maxWorkflow is the size of the largest workflow that is read; GitHub takes
// smaller ones only.
const maxWorkflow = 1 << 20

// A Stage checks the workflows of a repository that run the gate.
type Stage struct {
	tree   *workspace.Tree
	above  string
	texts  map[string][]byte
	unread map[string]error // workflows without a text
	local  bool             // "uses: ./" is the gate: this is its own repository
}

// Find returns the stage for the repository in a tree, nil if no workflow in it
// speaks of portcullis or there is no tree. above leads from the workspace to the repository's root:
// "" where they are the same, "../" where it is one folder below.
func Find(ctx context.Context, tree *workspace.Tree, above string) (*Stage, error) {
	if tree == nil {
		return nil, nil //nolint:nilnil // as below
	}
	files, err := tree.Files(ctx)
	if err != nil {
		return nil, err
	}
	s := &Stage{tree: tree, above: above, texts: map[string][]byte{}, unread: map[string]error{}}
	for _, name := range files {
		switch {
		case name == "action.yml":
			text, err := tree.ReadFile(name)
			s.local = err == nil && bytes.Contains(text, []byte("\nname: portcullis\n")) || bytes.HasPrefix(text, []byte("name: portcullis\n"))
		case workspace.Match([]string{".github/workflows/*.yml", ".github/workflows/*.yaml"}, name):
			text, err := tree.ReadFile(name)
			if err != nil {
				s.unread[name] = err // of the run of the stage: it may be one that runs the gate
			} else if bytes.Contains(text, []byte("portcullis")) || bytes.Contains(text, []byte("./")) {
				s.texts[name] = text
			}
		}
	}
	if gates, errs := s.read(); len(gates) == 0 && len(errs) == 0 {
		return nil, nil //nolint:nilnil // no stage is what there is to say
	}
	return s, nil
}

// Name returns the name of the stage.
func (s *Stage) Name() string { return Name }

// Run checks each workflow that runs the gate by each rule.
func (s *Stage) Run(ctx context.Context) (gate.Result, error) {
	gates, errs := s.read()
	res := gate.Result{Checked: gate.Checked{Files: len(gates), Rules: len(registry)}}
	for _, f := range gates {
		for _, id := range slices.Sorted(maps.Keys(registry)) {
			if err := ctx.Err(); err != nil {
				return res, context.Cause(ctx)
			}
			p := &pass{file: f, rule: registry[id].Rule}
			registry[id].check(p)
			res.Findings = append(res.Findings, p.findings...)
		}
	}
	return res, errors.Join(errs...)
}

// read parses the workflows, and returns those that run the gate, by path: in a
// step, or in a workflow of the repository that a job calls.
func (s *Stage) read() (gates []file, errs []error) {
	for _, name := range slices.Sorted(maps.Keys(s.unread)) {
		errs = append(errs, &gate.CheckError{Location: gate.Location{Path: s.above + name}, Err: s.unread[name]})
	}
	var all []file
	for _, name := range slices.Sorted(maps.Keys(s.texts)) {
		f, err := parse(s.texts[name])
		f.path, f.local = s.above+name, s.local
		switch speaks := bytes.Contains(s.texts[name], []byte("portcullis")); {
		case err != nil && speaks:
			errs = append(errs, &gate.CheckError{Location: gate.Location{Path: f.path, Range: position(err)}, Err: err})
		case err == nil:
			f.name = name
			all = append(all, f)
		}
	}
	called := map[string]bool{} // workflows that run the gate, as a job names them
	for range all {             // a workflow may call one that calls one
		for i := range all {
			if all[i].findGates(called); len(all[i].gates) > 0 {
				called["./"+all[i].name] = true
			}
		}
	}
	for _, f := range all {
		if len(f.gates) > 0 {
			gates = append(gates, f)
		}
	}
	return gates, errs
}

// position takes the line out of an error of the YAML reader.
func position(err error) gate.Range {
	var line int
	if _, scan := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); scan == nil && line > 0 {
		return gate.Range{Line: line}
	}
	return gate.Range{}
}
