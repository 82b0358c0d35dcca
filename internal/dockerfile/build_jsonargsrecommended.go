package dockerfile

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/JSONArgsRecommended",
			Title:       "CMD and ENTRYPOINT should be JSON arrays",
			Severity:    hadolintWarning,
			Why:         "The shell form runs the program below a shell, which does not pass signals on: the container cannot stop in an orderly way.",
			Bad:         "FROM alpine:3.20\nCMD /app --serve\n",
			Good:        "FROM alpine:3.20\nCMD [\"/app\", \"--serve\"]\n",
			Remediation: "write the arguments as a JSON array, or name the shell with SHELL if it is meant",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         linter.RuleJSONArgsRecommended.URL,
		},
		docker: true,
		same:   "DL3025",
		check:  jsonArguments,
	})
}

// jsonArguments leaves alone what runs in a shell that SHELL asks for.
func jsonArguments(p *pass) {
	for _, in := range p.Instructions {
		if (in.Keyword == "CMD" || in.Keyword == "ENTRYPOINT") && !in.JSON && len(in.Args) > 0 && in.Shell.Set == nil && in.Stage != nil {
			p.report(in, in.Arg(), "%s", linter.RuleJSONArgsRecommended.Format(p.Text(in.Name)))
			p.fixCommand(in)
		}
	}
}
