package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3001",
			Title:       "RUN must not use commands that make no sense in a container",
			Severity:    hadolintInfo,
			Why:         "There is no terminal, service manager or kernel of its own in a build, so such a command does nothing, hangs, or reaches out of the build.",
			Bad:         "FROM alpine:3.20\nRUN service nginx start\n",
			Good:        "FROM alpine:3.20\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
			Remediation: "leave the command out, or run it when the container starts",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3001"),
		},

		check: func(p *pass) {
			p.reportCalls("RUN calls %q, which makes no sense in a build", "free", "kill", "mount", "ps", "service", "shutdown", "ssh", "top", "vim")
		},
	})
}
