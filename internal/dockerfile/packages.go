package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
)

// What the package managers take, for the rules that look at what is
// installed. The flags are those whose value is the next argument.
var (
	aptValued = []string{"t", "target-release", "default-release", "o", "option", "c", "config-file", "a", "host-architecture"}
	pipValued = []string{
		"abi", "b", "build", "c", "constraint", "e", "editable", "extra-index-url", "f", "find-links", "i", "index-url", "implementation",
		"no-binary", "only-binary", "platform", "prefix", "progress-bar", "proxy", "python", "python-version", "r", "requirement", "root",
		"root-user-action", "src", "t", "target", "trusted-host", "upgrade-strategy", "cache-dir", "timeout", "retries", "cert", "log",
	}
	npmValued = []string{"registry", "prefix", "cache", "omit", "include", "tag", "userconfig", "loglevel", "w", "workspace"}
	apkValued = []string{"t", "virtual", "X", "repository", "p", "root", "arch", "keys-dir", "repositories-file", "cache-dir", "wait", "timeout"}
)

// installed returns the operands after the subcommand, such as install.
func installed(c syntax.Command, valued []string, subcommands ...string) []syntax.Word {
	operands := c.Operands(valued...)
	i := slices.IndexFunc(operands, func(w syntax.Word) bool { return slices.Contains(subcommands, w.Value) })
	if i < 0 {
		return nil
	}
	return operands[i+1:]
}

// isPipInstall reports whether a command is pip install, also as a module of
// python. Wrappers such as pipx and pipenv look after themselves.
func isPipInstall(c syntax.Command) bool {
	name := path.Base(c.Name())
	switch {
	case strings.HasPrefix(name, "pipx"), strings.HasPrefix(name, "pipenv"):
		return false
	case strings.HasPrefix(name, "pip"):
		return c.HasArg("install")
	case strings.HasPrefix(name, "python"):
		m := slices.IndexFunc(c.Words, func(w syntax.Word) bool { return w.Value == "-m" })
		return m > 0 && m+2 < len(c.Words) && c.Words[m+1].Value == "pip" &&
			slices.ContainsFunc(c.Words[m+2:], func(w syntax.Word) bool { return w.Value == "install" })
	}
	return false
}

// reportAsking reports each RUN that calls one of the subcommands of a package
// manager without a flag that answers its question.
func (p *pass) reportAsking(programs, subcommands []string, flags ...string) {
	for in := range p.each("RUN") {
		for c := range calls(in, programs...) {
			if c.HasArg(subcommands...) && !c.HasFlag(flags...) {
				p.report(in, c.Span, "%q asks before it goes on", shorten(c.String()))
				p.fixAsking(in, programs, subcommands, flags)
				break
			}
		}
	}
}

// fixAsking puts the short flag behind the program in each command that asks.
func (p *pass) fixAsking(in *syntax.Instruction, programs, subcommands, flags []string) {
	var edits []edit
	for c := range calls(in, programs...) {
		if in.JSON || !c.HasArg(subcommands...) || c.HasFlag(flags...) {
			continue
		}
		edits = append(edits, after(c.Words[0], " -"+flags[0]))
	}
	p.fix(edits...)
}

// reportLeft reports a RUN with a command that leaves something in the layer
// and no command after it that cleans up.
// The same program with these arguments does, if there are any.
func (p *pass) reportLeft(in *syntax.Instruction, leaves func(syntax.Command) bool, cleans func(left, c syntax.Command) bool, arguments string) {
	if in.Script == nil {
		return
	}
	var left *syntax.Command
	for i := range in.Script.Commands {
		switch c := &in.Script.Commands[i]; {
		case left == nil && leaves(*c):
			left = c
		case left != nil && cleans(*left, *c):
			left = nil
		}
	}
	if left != nil {
		p.report(in, left.Span, "%q leaves what it fetched in the image", shorten(left.String()))
		if arguments != "" {
			p.fixScriptEnd(in, left.Program()+" "+arguments)
		}
	}
}

// removes reports whether a command deletes a folder or what is in it.
func removes(c syntax.Command, dir string) bool {
	return c.Program() == "rm" && c.HasFlag("r", "R", "recursive") && c.HasFlag("f", "force") &&
		slices.ContainsFunc(c.Operands(), func(w syntax.Word) bool { return strings.HasPrefix(w.Value, dir) })
}
