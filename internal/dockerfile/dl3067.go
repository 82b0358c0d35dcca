package dockerfile

import "github.com/portcullis-ci/portcullis/internal/gate"

func init() {
	register(rule{
		Rule: gate.Rule{
			ID:          "DL3067",
			Title:       "COPY must not copy a whole root file system",
			Severity:    hadolintWarning,
			Why:         "Everything of the other image comes along, its secrets, caches and tools as well, and hides what the final image needs.",
			Bad:         "FROM debian:12 AS build\nFROM scratch\nCOPY --from=build / /\n",
			Good:        "FROM debian:12 AS build\nFROM scratch\nCOPY --from=build /app /app\n",
			Remediation: "name the paths that are needed, or begin the build stage with FROM that image",
			Controls:    []string{"cis-docker-4.3", "nist-sp-800-190-4.1.2"},
			URL:         wiki("DL3067"),
		},

		check: wholeRoot,
	})
}

func wholeRoot(p *pass) {
	for in := range p.each("COPY") {
		from, ok := in.Flag("from")
		if ok && len(in.Args) == 2 && in.Args[0].Value == "/" && in.Args[1].Value == "/" {
			p.report(in, in.Arg(), "COPY of everything from %q", from.Value)
		}
	}
}
