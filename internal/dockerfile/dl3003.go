package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3003",
			Title:       "WORKDIR must be used to change the folder",
			Severity:    hadolintWarning,
			Why:         "A cd holds only to the end of its RUN, so a reader has to keep track of the folder of every command; WORKDIR holds from there on.",
			Bad:         "FROM alpine:3.20\nRUN cd /src && make\n",
			Good:        "FROM alpine:3.20\nWORKDIR /src\nRUN make\n",
			Remediation: "put WORKDIR before the instruction in place of cd",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3003"),
		},

		check: changedFolders,
	})
}

func changedFolders(p *pass) {
	for in := range p.each("RUN") {
		for c := range calls(in, "cd") {
			p.report(in, c.Words[0].Span, "RUN changes the folder with %q", c.Name())
			p.fixFolder(in, c)
			break
		}
	}
}
