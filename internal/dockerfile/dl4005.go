package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL4005",
			Title:       "SHELL must be used to change the default shell",
			Severity:    hadolintWarning,
			Why:         "A link over /bin/sh changes the shell of every script in the image, those of its packages too; SHELL changes that of the build.",
			Bad:         "FROM debian:12\nRUN ln -sf /bin/bash /bin/sh\n",
			Good:        "FROM debian:12\nSHELL [\"/bin/bash\", \"-c\"]\n",
			Remediation: "write SHELL [\"/bin/bash\", \"-c\"]",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL4005"),
		},

		check: linkedShell,
	})
}

func linkedShell(p *pass) {
	for in := range p.each("RUN") {
		for c := range calls(in, "ln") {
			if c.HasArg("/bin/sh") {
				p.report(in, c.Span, "%q replaces the shell of the image", shorten(c.String()))
				break
			}
		}
	}
}
