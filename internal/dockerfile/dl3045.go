package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3045",
			Title:       "COPY to a relative path needs a WORKDIR",
			Severity:    hadolintWarning,
			Why:         "Without a WORKDIR in the Dockerfile the path depends on the one of the base image, which nobody sees here and which may change.",
			Bad:         "FROM alpine:3.20\nCOPY app.conf app.conf\n",
			Good:        "FROM alpine:3.20\nWORKDIR /app\nCOPY app.conf app.conf\n",
			Remediation: "write the path from the root, or put WORKDIR before the instruction",
			Controls:    []string{"nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3045"),
		},

		check: relativeCopies,
	})
}

func relativeCopies(p *pass) {
	set := make([]bool, len(p.Stages)) // whether a build stage leaves a WORKDIR behind
	for _, s := range p.Stages {
		known := s.Base != nil && set[s.Base.Index]
		for _, instructions := range sequences(s) {
			for _, in := range instructions {
				switch n := len(in.Args); {
				case in.Keyword == "WORKDIR":
					known = true
				case in.Keyword == "COPY" && !known && n > 0 && relative(in.Args[n-1].Value):
					p.report(in, in.Args[n-1].Span, "COPY to %q, and no WORKDIR was set", in.Args[n-1].Value)
				}
			}
			set[s.Index] = set[s.Index] || known
		}
	}
}
