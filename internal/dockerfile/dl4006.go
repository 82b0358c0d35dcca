package dockerfile

import (
	"github.com/portcullis-ci/portcullis/internal/dockerfile/syntax"
	"github.com/portcullis-ci/portcullis/internal/gate"
)

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL4006",
			Title:       "SHELL must set pipefail before a RUN with a pipe",
			Severity:    hadolintWarning,
			Why:         "The result of a pipe is that of its last command: a download that fails in front of it does not stop the build.",
			Bad:         "FROM debian:12\nRUN curl -f https://example.com/key | tee /key\n",
			Good:        "FROM debian:12\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN curl -f https://example.com/key | tee /key\n",
			Remediation: "put SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"] before it; the busybox shell is /bin/ash",
			Controls:    []string{"cis-docker-4.11", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL4006"),
		},
		check: pipesWithoutPipefail,
	})
}

// pipesWithoutPipefail leaves alone what the shell form hands to another shell
// in a string: that is where people set pipefail by hand.
func pipesWithoutPipefail(p *pass) {
	fixed := map[*syntax.BuildStage]bool{}
	for in := range p.each("RUN") {
		if in.Script == nil {
			continue
		}
		shell := in.Shell
		if in.JSON {
			shell = execShell(in)
		}
		for _, pipe := range in.Script.Pipes {
			if pipe.Nested == in.JSON && !shell.Pipefail() {
				p.report(in, pipe.Span, "%q hides whether the command before it failed: the shell %q does not set pipefail",
					p.Text(pipe.Span), shell.Name())
				if !fixed[in.Stage] {
					fixed[in.Stage] = true
					p.fixPipefail(in) // which is one for those after it as well
				}
				break
			}
		}
	}
}

// execShell is the shell that the exec form starts by itself.
func execShell(in *syntax.Instruction) syntax.Shell {
	var words []string
	for _, w := range in.Args {
		words = append(words, w.Value)
	}
	return syntax.Shell{Words: words}
}
