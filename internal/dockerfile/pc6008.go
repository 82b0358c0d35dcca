package dockerfile

import (
	"slices"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "PC6008",
			Title:       "dependencies should be installed before the whole context is copied",
			Severity:    gate.Low,
			Why:         "Every change to any file makes the builder fetch all dependencies again; with only the lock file copied before, they come from the cache.",
			Bad:         "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n",
			Good:        "FROM node:22\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n",
			Remediation: "copy the files that name the dependencies, install them, and copy the rest after that",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/build/cache/optimize/#order-your-layers",
		},
		check: lateDependencies,
	})
}

func lateDependencies(p *pass) {
	for _, stage := range p.Stages {
		var whole *syntax.Instruction
		before := map[string]bool{} // tools that installed before the copy
		for _, in := range stage.Instructions {
			if whole == nil && p.copiesContext(in) {
				whole = in
			}
			c := dependencyInstall(in)
			switch {
			case c == nil:
			case whole == nil:
				before[c.Program()] = true
			case !before[c.Program()]:
				p.report(whole, whole.Args[0].Span, "the whole context is copied before %q of line %d", shorten(c.String()), p.Range(c.Span).Line)
				whole, before[c.Program()] = nil, true
			}
		}
	}
}

// copiesContext reports whether an instruction copies all of the build context.
func (p *pass) copiesContext(in *syntax.Instruction) bool {
	if _, from := in.Flag("from"); from || in.Refused || in.Keyword != "COPY" && in.Keyword != "ADD" || len(in.Args) < 2 {
		return false
	}
	if _, exclude := in.Flag("exclude"); exclude {
		return false
	}
	return slices.Contains([]string{".", "./", "/", "*", "./*"}, in.Args[0].Value)
}

// dependencyInstall returns the command of a RUN that fetches the dependencies
// that a file names; nil if there is none, or a cache is mounted for it.
func dependencyInstall(in *syntax.Instruction) *syntax.Command {
	if in.Script == nil || slices.ContainsFunc(in.Mounts(), func(m syntax.Mount) bool { return m.Type == "cache" }) {
		return nil
	}
	for i := range in.Script.Commands {
		if c := &in.Script.Commands[i]; installsDependencies(*c) {
			return c
		}
	}
	return nil
}

func installsDependencies(c syntax.Command) bool {
	program := c.Program()
	if !slices.Contains(dependencyTools, program) {
		return isPipInstall(c) && c.HasFlag("r", "requirement")
	}
	operands := c.Operands()
	subcommand := func(names ...string) bool { return len(operands) > 0 && slices.Contains(names, operands[0].Value) }
	switch program {
	case "npm":
		return subcommand("ci") || subcommand("install", "i") && len(operands) == 1
	case "yarn":
		return len(operands) == 0 && !c.HasFlag("version", "v") || subcommand("install")
	case "pnpm":
		return subcommand("install", "i", "fetch")
	case "go":
		return subcommand("mod") && c.HasArg("download")
	case "bundle", "composer", "poetry":
		return subcommand("install")
	case "cargo":
		return subcommand("fetch")
	}
	return false
}

// dependencyTools are programs that read what to fetch from a file.
var dependencyTools = []string{"npm", "yarn", "pnpm", "go", "bundle", "composer", "poetry", "cargo"}
