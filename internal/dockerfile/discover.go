package dockerfile

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/gate"
	"github.com/portcullis-ci/portcullis/internal/workspace"
)

// defaultFiles are the names that people give to Dockerfiles.
var defaultFiles = []string{"**/Dockerfile*", "**/*.Dockerfile", "**/*.dockerfile", "**/Containerfile*"}

// notDockerfiles are the endings of files that are named after a Dockerfile and
// are none: what the builder ignores, templates that become a Dockerfile only
// when they are rendered, and what editors leave.
var notDockerfiles = []string{
	".dockerignore", ".containerignore",
	".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".gotmpl", ".template", ".erb", ".ejs", ".mustache", ".hbs", ".m4", ".in",
	".gz", ".zip", ".tar", ".bak", ".orig", ".rej", ".swp", "~",
}

// ambiguous are endings of documents and source code, which also name what a
// Dockerfile is for: Dockerfile.go. Their first instruction tells.
var ambiguous = []string{
	".md", ".rst", ".txt", ".adoc", ".html", ".pdf", ".png", ".svg",
	".go", ".py", ".rb", ".rs", ".js", ".ts", ".java", ".kt", ".cs", ".sh", ".bats", ".rego", ".vim", ".snap", ".out",
	".json", ".yaml", ".yml", ".toml", ".xml", ".lock", ".nanorc", ".tmLanguage", ".tmPreferences",
}

// discovered is what the tree holds for the stage.
type discovered struct {
	names   []string
	refused []error
	leftOut []string // matched a glob, but for their ending
}

// discover finds the files to check. A path that matches and that the tree
// refuses to read is an error.
func (s *Stage) discover(ctx context.Context) (discovered, error) {
	var d discovered
	patterns := s.options.Files
	if len(patterns) == 0 {
		patterns = defaultFiles
	}
	if err := workspace.ValidPatterns(patterns); err != nil {
		return d, err
	}
	names, err := s.options.Tree.Files(ctx)
	if err != nil {
		return d, fmt.Errorf("walking the tree: %w", err)
	}
	for _, name := range names {
		switch {
		case !workspace.Match(patterns, name):
		case !slices.Contains(patterns, name) && s.onlyNamed(name):
			d.leftOut = append(d.leftOut, name)
		default:
			d.names = append(d.names, name)
		}
	}
	refused, err := s.options.Tree.RefusedPaths(ctx)
	if err != nil {
		return d, fmt.Errorf("walking the tree: %w", err)
	}
	for _, name := range refused {
		if workspace.Match(patterns, name) {
			d.refused = append(d.refused, &gate.CheckError{
				Location: gate.Location{Path: name},
				Err:      s.options.Tree.Refused(name),
				Hint:     "replace it with a regular file, or exclude the path",
			})
		}
	}
	return d, nil
}

// onlyNamed reports whether a file is named after a Dockerfile and is none.
func (s *Stage) onlyNamed(name string) bool {
	ends := func(ending string) bool { return strings.HasSuffix(name, ending) }
	if slices.ContainsFunc(notDockerfiles, ends) {
		return true
	}
	if !slices.ContainsFunc(ambiguous, ends) {
		return false
	}
	b, err := s.options.Tree.ReadFile(name)
	return err == nil && !firstInstruction.Match(b)
}

// firstInstruction is how a Dockerfile begins: comments and empty lines, then
// FROM or ARG.
var firstInstruction = regexp.MustCompile(`^(?:\s*(?:#[^\n]*)?\n)*\s*(?:FROM|ARG)\s+\S`)

// notes says which files were left out.
func (d discovered) notes() []string {
	var notes []string
	for _, name := range d.leftOut {
		if !strings.HasSuffix(name, ".dockerignore") {
			notes = append(notes, fmt.Sprintf("%s: not checked: it is only named after a Dockerfile; name it under dockerfile.files to check it", name))
		}
	}
	return notes
}
