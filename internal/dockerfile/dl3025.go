package dockerfile

import (
	"strings"

	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3025",
			Title:       "CMD and ENTRYPOINT must be JSON arrays",
			Severity:    hadolintWarning,
			Why:         "The shell form runs the program below a shell, which does not pass signals on: the container cannot stop in an orderly way.",
			Bad:         "FROM alpine:3.20\nCMD /app --serve\n",
			Good:        "FROM alpine:3.20\nCMD [\"/app\", \"--serve\"]\n",
			Remediation: "write the arguments as a JSON array, with double quotes",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3025"),
		},
		check: shellFormCommands,
	})
}

func shellFormCommands(p *pass) {
	for in := range p.each("CMD", "ENTRYPOINT", "HEALTHCHECK") {
		if command := shellForm(in); len(command) > 0 {
			at := syntax.Span{Start: command[0].Span.Start, End: command[len(command)-1].Span.End}
			p.report(in, at, "%s %q is in shell form", in.Keyword, shorten(command[0].Raw))
			p.fixCommand(in)
		}
	}
}

// shellForm returns the command of an instruction if it is not a JSON array.
func shellForm(in *syntax.Instruction) []syntax.Word {
	switch {
	case in.JSON || len(in.Args) == 0:
		return nil
	case in.Keyword != "HEALTHCHECK":
		return in.Args
	case strings.EqualFold(in.Args[0].Value, "CMD"):
		return in.Args[1:]
	}
	return nil
}
