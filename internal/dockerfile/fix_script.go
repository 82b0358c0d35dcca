package dockerfile

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// eol is the line break at the end of the line on which a span starts.
func (p *pass) eol(at syntax.Span) string {
	line := p.Range(at).Line
	whole := p.Lines(line, line)
	if strings.HasPrefix(p.After(whole), "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// fixScriptEnd puts a command behind the script of a RUN, in the style in which
// its lines are joined. It does nothing where the command might not be reached.
func (p *pass) fixScriptEnd(in *syntax.Instruction, command string) {
	if in.JSON || in.Script == nil || !in.Script.Open || !in.Script.Whole || leavesEarly(in.Script) {
		return
	}
	end := in.Arg().End
	text := " && " + command
	if at := p.Range(in.Arg()); at.EndLine > at.Line {
		last := p.Text(p.Lines(at.EndLine, at.EndLine))
		before := strings.TrimRight(p.Text(p.Lines(at.EndLine-1, at.EndLine-1)), " \t\\")
		indent := last[:len(last)-len(strings.TrimLeft(last, " \t"))]
		text = " \\" + p.eol(in.Span) + indent + "&& " + command
		if strings.HasSuffix(before, "&&") {
			text = " && \\" + p.eol(in.Span) + indent + command
		}
	}
	p.fix(edit{at: syntax.Span{Start: end, End: end}, text: text})
}

// leavesEarly reports whether a script may end before its last command.
func leavesEarly(s *syntax.Script) bool {
	return slices.ContainsFunc(s.Commands, func(c syntax.Command) bool {
		return slices.Contains([]string{"exit", "exec", "return"}, c.Program())
	})
}

// fixAptLists removes the lists at the end of the RUN that fetches them and
// installs from them, unless a later one needs them.
func (p *pass) fixAptLists(in *syntax.Instruction) {
	installs := false
	for c := range calls(in, aptTools...) {
		installs = installs || c.HasArg("install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep")
	}
	mounted := slices.ContainsFunc(in.Mounts(), func(m syntax.Mount) bool { return strings.HasPrefix(m.Target, "/var") })
	if !installs || mounted || in.Outer != nil || p.listsNeeded(in) {
		return
	}
	p.fixScriptEnd(in, "rm -rf /var/lib/apt/lists/*")
}

var aptTools = []string{"apt-get", "apt", "aptitude"}

// listsNeeded reports whether a RUN after this one uses apt and does not fetch
// the lists itself.
func (p *pass) listsNeeded(in *syntax.Instruction) bool {
	if p.needLists == nil {
		last := -1
		for run := range p.each("RUN") {
			uses, updates := false, false
			for c := range calls(run, aptTools...) {
				uses, updates = true, updates || c.HasArg("update")
			}
			if uses && !updates {
				last = run.Span.Start
			}
		}
		p.needLists = &last
	}
	return *p.needLists > in.Span.Start
}

// bashImages are official images that have bash, ashImages those whose shell
// takes the option as well.
var (
	bashImages = []string{"debian", "ubuntu", "fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "oraclelinux", "archlinux", "buildpack-deps"}
	ashImages  = []string{"alpine", "busybox"}
)

// fixPipefail puts SHELL before the first RUN of a build stage that needs it.
// The image must be known to have the shell, and nothing that runs with the
// default one now, besides RUN, may come after it.
func (p *pass) fixPipefail(in *syntax.Instruction) {
	if in.JSON || in.Outer != nil || in.Stage == nil || in.Stage.Reused || in.Stage.Base != nil || len(in.Shell.Words) > 0 || closesPipe(in) {
		return
	}
	name, tag := p.officialImage(in.Stage)
	shell := "/bin/bash"
	switch {
	case strings.Contains(tag, "alpine"), slices.Contains(ashImages, name):
		shell = "/bin/ash"
	case !slices.Contains(bashImages, name):
		return
	}
	for _, other := range in.Stage.Instructions {
		if other.Keyword == "SHELL" || other.Inner != nil || other.Keyword != "RUN" && len(shellForm(other)) > 0 && isCommand(other) ||
			other.Script != nil && closesPipe(other) {
			return
		}
	}
	first := p.Range(in.Span).Line
	if above := p.CommentsBefore(in); len(above) > 0 {
		first = above[0].Line // they are about the instruction
	}
	start := p.Lines(first, first).Start
	keyword := "SHELL"
	if p.Text(in.Name) == strings.ToLower(in.Keyword) {
		keyword = "shell"
	}
	p.fix(edit{at: syntax.Span{Start: start, End: start}, text: keyword + ` ["` + shell + `", "-o", "pipefail", "-c"]` + p.eol(in.Span)})
}

func isCommand(in *syntax.Instruction) bool {
	return in.Keyword == "CMD" || in.Keyword == "ENTRYPOINT" || in.Keyword == "HEALTHCHECK"
}

// closesPipe reports whether a script may have a command that stops reading
// before the one in front of it has written all: with pipefail it would fail.
func closesPipe(in *syntax.Instruction) bool {
	for c := range calls(in, "head", "yes", "grep", "egrep", "fgrep", "sed", "awk") {
		program := c.Program()
		if program == "head" || program == "yes" || strings.HasSuffix(program, "grep") ||
			slices.ContainsFunc(c.Words, func(w syntax.Word) bool {
				return program != "grep" && strings.Contains(w.Value, "q") || strings.Contains(w.Value, "exit")
			}) {
			return true
		}
	}
	return false
}
