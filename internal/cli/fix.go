package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/github"
	"github.com/portcullis-ci/portcullis/internal/report"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// maxPasses bounds how often a file is checked again after its fixes. One fix
// may uncover another; fixes that undo each other must not run for ever.
const maxPasses = 50

func (a *App) fixCommand() *cobra.Command {
	s := &settings{stages: []string{"dockerfile"}}
	write := false
	cmd := &cobra.Command{
		Use:   "fix [flags] [PATH]",
		Short: "Show what in the Dockerfiles of PATH (default \".\") has one right form, as a diff",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.path = "."
			if len(args) == 1 {
				s.path = args[0]
			}
			return a.fix(cmd.Context(), s, write)
		},
	}
	cmd.Flags().StringVar(&s.config, "config", "", "configuration `FILE` (default portcullis.yaml at the workspace root, if there is one)")
	cmd.Flags().BoolVar(&write, "write", false, "change the files")
	return cmd
}

// fix corrects copies of the files that have fixes, until no fix is left, then
// shows the difference or writes it.
func (a *App) fix(ctx context.Context, s *settings, write bool) error {
	var held closers
	defer func() { _ = held.close() }() // opened to be read only
	all, err := workspace.Open(s.path, nil)
	if err != nil {
		return usage(err, "name the folder that holds the files to fix")
	}
	held.add(all.Close)
	trust, err := newTrust(all, github.Event{})
	if err != nil {
		return err
	}
	c, err := trust.readConfig(s.config)
	if err != nil {
		return err
	}
	tree, err := without(all, c.Paths.Exclude, &held)
	if err != nil {
		return usage(err, "")
	}
	job := Job{Tree: tree, Policies: tree, Config: c, Stages: s.stages, Version: a.Version, Log: a.logger(false), Now: a.Now,
		Progress: func(string, int64, int64) {}}
	dir, err := os.MkdirTemp("", "portcullis-fix-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fixed, err := a.fixCopies(ctx, job, dir)
	if err != nil {
		return &exit{code: gate.ExitIncomplete, err: err}
	}
	for _, name := range fixed {
		if err := a.show(tree, dir, name, write); err != nil {
			return &exit{code: gate.ExitIncomplete, err: err}
		}
	}
	return nil
}

// fixCopies applies fixes in a copy of each file that has some, below dir, and
// returns the names of these files, sorted.
func (a *App) fixCopies(ctx context.Context, job Job, dir string) ([]string, error) {
	var fixed []string
	var held closers
	defer func() { _ = held.close() }() // opened to be read only
	for range maxPasses {
		fixes, err := a.fixes(ctx, job)
		if err != nil || len(fixes) == 0 {
			return fixed, err
		}
		for name, of := range fixes {
			if !slices.Contains(fixed, name) {
				fixed = append(fixed, name)
			}
			if err := applyFixes(job.Tree, dir, name, of); err != nil {
				return nil, err
			}
		}
		slices.Sort(fixed)
		// From here on only the copies are checked.
		copies, err := workspace.Open(dir, nil)
		if err != nil {
			return nil, err
		}
		held.add(copies.Close)
		c := *job.Config
		c.Dockerfile.Files = fixed
		job.Tree, job.Config = copies, &c
	}
	return fixed, nil
}

// fixes runs the dockerfile stage and returns the fixes of each file, sorted.
func (a *App) fixes(ctx context.Context, job Job) (map[string][]gate.Fix, error) {
	stages, err := a.Engines.Stages(job)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stages.Close() }() // the dockerfile stage holds nothing
	fixes := map[string][]gate.Fix{}
	for _, stage := range stages.Checks {
		res, err := stage.Run(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range res.Findings {
			if f.Fix != nil {
				fixes[f.Fix.Path] = append(fixes[f.Fix.Path], *f.Fix)
			}
		}
	}
	for _, of := range fixes {
		slices.SortFunc(of, func(a, b gate.Fix) int {
			if a.StartLine != b.StartLine {
				return a.StartLine - b.StartLine
			}
			return strings.Compare(a.Replacement, b.Replacement)
		})
	}
	return fixes, nil
}

// applyFixes writes the file name with its fixes below dir. Of fixes that
// overlap the first is applied; the next pass brings the others.
func applyFixes(tree *workspace.Tree, dir, name string, fixes []gate.Fix) error {
	data, err := tree.ReadFile(name)
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(string(data), "\n")
	var out strings.Builder
	next := 1 // the first line that is not written yet
	for _, f := range fixes {
		if f.StartLine < next || f.EndLine < f.StartLine || f.EndLine > len(lines) {
			continue
		}
		out.WriteString(strings.Join(lines[next-1:f.StartLine-1], ""))
		if f.StartLine == 1 && strings.HasPrefix(lines[0], byteOrderMark) && !strings.HasPrefix(f.Replacement, byteOrderMark) {
			out.WriteString(byteOrderMark) // no line that a rule sees has it
		}
		out.WriteString(withBreak(f.Replacement, lines[f.EndLine-1]))
		next = f.EndLine + 1
	}
	out.WriteString(strings.Join(lines[next-1:], ""))
	target := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, []byte(out.String()), 0o644)
}

const byteOrderMark = "\ufeff"

// withBreak ends a replacement like the last line that it replaces.
func withBreak(replacement, last string) string {
	replacement = strings.TrimRight(replacement, "\r\n")
	return replacement + last[len(strings.TrimRight(last, "\r\n")):]
}

// escapeLine escapes a line of a file and leaves its tabs: the difference can be
// applied by other programs.
func escapeLine(line string) string {
	parts := strings.Split(line, "\t")
	for i, part := range parts {
		parts[i] = report.Log(part)
	}
	return strings.Join(parts, "\t")
}

// show prints the difference that the fixes make to a file, and writes it if
// asked to.
func (a *App) show(tree *workspace.Tree, dir, name string, write bool) error {
	before, err := tree.ReadFile(name)
	if err != nil {
		return err
	}
	after, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	text := string(diff.Diff("a/"+name, before, "b/"+name, after))
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, "diff ") {
			continue
		}
		if _, err := fmt.Fprintln(a.Stdout, escapeLine(line)); err != nil {
			return err
		}
	}
	if !write {
		return nil
	}
	target := filepath.Join(tree.Dir(), filepath.FromSlash(name))
	info, err := os.Lstat(target)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("writing %q: not a regular file", name)
	}
	if err != nil {
		return err
	}
	return replaceFile(target, info.Mode().Perm(), func(w io.Writer) error {
		_, err := w.Write(after)
		return err
	})
}
