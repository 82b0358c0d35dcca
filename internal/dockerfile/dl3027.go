package dockerfile

import (
	"slices"
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3027",
			Title:       "RUN must use apt-get or apt-cache in place of apt",
			Severity:    hadolintWarning,
			Why:         "apt is made for people at a terminal: its options and output change between releases, and it warns of that itself.",
			Bad:         "FROM debian:12\nRUN apt install -y curl=7.88.1-10\n",
			Good:        "FROM debian:12\nRUN apt-get install -y curl=7.88.1-10\n",
			Remediation: "write apt-get or apt-cache",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3027"),
		},

		check: aptCommands,
	})
}

func aptCommands(p *pass) {
	for in := range p.each("RUN") {
		for c := range calls(in, "apt") {
			p.report(in, c.Words[0].Span, "RUN calls %q", c.Name())
			p.fixApt(in)
			break
		}
	}
}

// aptGetCommands are the subcommands that apt-get has under the same name.
var aptGetCommands = []string{
	"update", "install", "reinstall", "upgrade", "dist-upgrade", "remove", "purge", "autoremove", "clean", "autoclean", "autopurge",
	"build-dep", "download", "source", "satisfy",
}

// fixApt writes apt-get for apt, if it does all that apt is asked for.
func (p *pass) fixApt(in *syntax.Instruction) {
	var edits []edit
	for c := range calls(in, "apt") {
		operands := c.Operands(aptValued...)
		if len(operands) == 0 || !slices.Contains(aptGetCommands, operands[0].Value) {
			return
		}
		name := c.Words[0]
		at := strings.LastIndex(name.Raw, "apt")
		if at < 0 || len(name.Raw) != name.Span.End-name.Span.Start {
			return
		}
		edits = append(edits, edit{at: syntax.Span{Start: name.Span.Start + at, End: name.Span.Start + at + len("apt")}, text: "apt-get"})
	}
	p.fix(edits...)
}
