package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/util/suggest"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/UndefinedVar",
			Title:       "variables should be set before they are used",
			Severity:    hadolintWarning,
			Why:         "A variable that nothing sets is empty: the path or value is another one than it looks.",
			Bad:         "FROM alpine:3.20\nENV BIN=/app/bin\nENV TOOLS=$BINN/tools\n",
			Good:        "FROM alpine:3.20\nENV BIN=/app/bin\nENV TOOLS=$BIN/tools\n",
			Remediation: "set the variable with ARG or ENV in the build stage, or correct its name",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleUndefinedVar.URL,
		},
		docker: true,
		check:  undefinedVariables,
	})
}

// undefinedVariables reports a variable that nothing in the file sets. An image
// of a registry may set it, and is not looked at: there a name is reported only
// if the file sets it elsewhere, or sets one that is nearly the same.
func undefinedVariables(p *pass) {
	elsewhere := p.names("ARG", "ENV")
	for _, s := range p.Stages {
		root := s
		for root.Base != nil {
			root = root.Base
		}
		for _, in := range s.Instructions {
			for _, w := range expanded(in) {
				substituted, err := p.Substitute(w.Raw, instructionEnv{in: in})
				for _, name := range substituted.Unset {
					if err != nil || in.Inherits(name) {
						continue
					}
					meant, _ := suggest.Search(name, instructionEnv{in: in}.Keys(), true)
					near := meant != "" && (meant != "PATH" || len(name) == len(meant)) // GOPATH is no mistake
					if near || elsewhere[name] || root.Image.Name == "scratch" {
						p.report(in, w.Span, "%s", linter.RuleUndefinedVar.Format(name, meant))
					}
				}
			}
		}
	}
}

// expanded returns the words of an instruction in which the builder replaces
// variables.
func expanded(in *syntax.Instruction) []syntax.Word {
	if in.Refused {
		return nil
	}
	var words []syntax.Word
	switch in.Keyword {
	case "ADD", "COPY":
		for _, f := range in.Flags {
			if f.Name == "chown" || f.Name == "chmod" {
				words = append(words, syntax.Word{Raw: f.Value, Span: f.Span})
			}
		}
		fallthrough
	case "ENV", "LABEL", "ARG", "WORKDIR", "USER", "VOLUME", "STOPSIGNAL":
		return append(words, in.Args...)
	}
	return nil
}

// An instructionEnv is the variables that an instruction sees.
type instructionEnv struct{ in *syntax.Instruction }

// Get returns a value and whether there is one. Every image has a PATH.
func (e instructionEnv) Get(name string) (string, bool) {
	if v, ok := e.in.Lookup(name); ok {
		return v.Value, true
	}
	return "/bin", name == "PATH"
}

// Keys returns the names, sorted.
func (e instructionEnv) Keys() []string { return append(e.in.Variables(), "PATH") }
