package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "build/ScriptError",
			Title:       "the script of a RUN instruction must be one that a shell accepts",
			Severity:    gate.High,
			Why:         "The shell stops at a syntax error, so the instruction fails; and no rule looks at the commands after it.",
			Bad:         "FROM alpine:3.20\nRUN if [ -f /a ]; then rm /a\n",
			Good:        "FROM alpine:3.20\nRUN if [ -f /a ]; then rm /a; fi\n",
			Remediation: "correct the script, or name the shell that takes it with SHELL",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         "https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
		},
		check: func(p *pass) {
			for _, fault := range p.Faults {
				if fault.Script {
					p.reportFault(fault)
				}
			}
		},
	})
}
