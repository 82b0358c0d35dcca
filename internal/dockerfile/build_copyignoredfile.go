package dockerfile

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/CopyIgnoredFile",
			Title:       "COPY and ADD should not name what .dockerignore leaves out",
			Severity:    hadolintWarning,
			Why:         "The file is not sent to the builder: the build fails, or goes on without it where a pattern finds others.",
			Bad:         "FROM scratch\nCOPY secret.txt /\n",
			Good:        "FROM scratch\nCOPY public.txt /\n",
			Remediation: "take the file out of .dockerignore, or do not copy it",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleCopyIgnoredFile.URL,
		},
		docker: true,
		check:  ignoredCopies,
	})
}

// ignoredCopies finds nothing where .dockerignore has exceptions: what is left
// of a folder then depends on its files.
func ignoredCopies(p *pass) {
	var ignored *patternmatcher.PatternMatcher
	read := false
	for _, in := range p.Instructions {
		if _, from := in.Flag("from"); from || in.Refused || in.Stage == nil || in.Keyword != "COPY" && in.Keyword != "ADD" {
			continue
		}
		if !read {
			ignored, read = p.settings.ignored(), true
		}
		if ignored == nil || ignored.Exclusions() {
			return
		}
		for _, source := range in.Args[:max(len(in.Args)-1, 0)] {
			if name, ok := p.contextPath(in, source); ok && leftOut(ignored, name) {
				command := strings.ToUpper(in.Keyword[:1]) + strings.ToLower(in.Keyword[1:])
				p.report(in, source.Span, "%s", linter.RuleCopyIgnoredFile.Format(command, name))
			}
		}
	}
}

// contextPath returns the path of a source within the build context; false
// where it is none or only a build knows it.
func (p *pass) contextPath(in *syntax.Instruction, source syntax.Word) (string, bool) {
	name, err := p.Substitute(source.Raw, instructionEnv{in: in})
	if err != nil || isRemote(name.Value) || len(name.Unset) > 0 || name.Value == "" || strings.HasPrefix(name.Value, "<<") || strings.Contains(name.Value, "$") {
		return "", false
	}
	return path.Clean(name.Value), true
}

// leftOut reports whether a path is ignored. The whole context is only if
// everything in it is.
func leftOut(ignored *patternmatcher.PatternMatcher, name string) bool {
	if name == "." || name == "/" {
		all := slices.ContainsFunc(ignored.Patterns(), func(p *patternmatcher.Pattern) bool {
			return slices.Contains([]string{"*", "**", "**/*"}, p.String())
		})
		if !all {
			return false
		}
	}
	matches, err := ignored.MatchesOrParentMatches(name)
	return err == nil && matches
}

// ignored returns the patterns of the .dockerignore of a Dockerfile: its own,
// the one in its folder, or the one at the root of the workspace, wherever the
// build context is. It returns nil if there is none that a builder would take.
func (s *Stage) ignored(name string) *patternmatcher.PatternMatcher {
	for _, file := range []string{name + ".dockerignore", path.Join(path.Dir(name), ".dockerignore"), ".dockerignore"} {
		b, err := s.options.Tree.ReadFile(file)
		if err != nil {
			continue
		}
		patterns, err := ignorefile.ReadAll(bytes.NewReader(b))
		if err != nil {
			return nil
		}
		matcher, err := patternmatcher.New(patterns)
		if err != nil {
			return nil
		}
		return matcher
	}
	return nil
}
